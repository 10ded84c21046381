"""How many threads BLAS and generated code use."""
