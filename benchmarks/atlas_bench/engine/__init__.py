"""The engine from outside: throughput beside its rivals, latencies, overhead, cancelling, speculation, memory."""
