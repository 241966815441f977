"""An MCP server of the official SDK, a shop with a stock."""

from base64 import b64decode

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("shop")
stock = {"A-17": 3}
PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="


@server.tool()
def take(sku: str, pieces: int = 1) -> dict[str, int]:
    """Take pieces of an article out of the stock; what is left."""
    if pieces > stock.get(sku, 0):
        raise ToolError(f"There are {stock.get(sku, 0)} pieces of {sku}.")
    stock[sku] -= pieces
    return {"left": stock[sku]}


@server.tool(name="opening-hours")
def opening_hours() -> str:
    """When the shop is open."""
    return "9 to 5"


@server.tool()
def weigh(sku: str) -> dict[str, float | str]:
    """What a piece weighs."""
    return {"result": 1.5, "unit": "kg"}


@server.tool()
def photograph(sku: str) -> Image:
    """A photograph of a piece."""
    return Image(data=b64decode(PIXEL), format="gif")


if __name__ == "__main__":
    server.run()
