"""The pocket model: a very small language model trained here, so that the product works out of the box."""
