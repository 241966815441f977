"""Reads code, tool calls and JSON from a model's text. Nothing here asks a model or runs code."""
