"""A model file with its matrices in F16, whatever they are stored as.

With quantised weights llama.cpp quantises the activations, too, and differently in batches of different widths: its
results then differ by some 1e-2, where tests of the engine's own arithmetic allow 1e-3.
"""

from pathlib import Path

import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType
from gguf.quants import dequantize

_OF_THE_WRITER = ("general.architecture", "general.file_type")


def write_unquantised(source: Path, target: Path) -> Path:
    """Write `source` again with matrices in F16; return `target`."""
    reader = GGUFReader(source)
    writer = GGUFWriter(str(target), reader.fields["general.architecture"].contents())
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in _OF_THE_WRITER:
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind is GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        writer.add_tensor(tensor.name, values.astype(np.float16 if values.ndim > 1 else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target
