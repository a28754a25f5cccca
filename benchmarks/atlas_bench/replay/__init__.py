"""Selection measured on recorded model outputs: the product's own extraction, sandbox, parsing and rule, no model."""
