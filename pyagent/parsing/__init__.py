"""Text that a model wrote, as code, tool calls or JSON. Nothing here asks a model or runs code."""
