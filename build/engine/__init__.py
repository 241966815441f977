"""The engine of local models: wllama's llama.cpp with faster kernels."""
