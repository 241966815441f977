"""The tools of MCP servers, over the official SDK. ``client`` is what programs use."""
