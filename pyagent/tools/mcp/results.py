"""What a call of an MCP tool gave, as a value for code and models."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from pyagent.errors import ToolError
from pyagent.messages import Image

MAX_PARTS = 200


def value_of(result: Any, server: str, *, structured: bool = True) -> Any:
    """The value of a ``CallToolResult``: its data if it has any, or else its texts and images.

    Raises ``ToolError`` with the server's words if the server says that the call failed.
    """
    parts = [part for one in result.content[:MAX_PARTS] for part in _parts(one)]
    if (more := len(result.content) - MAX_PARTS) > 0:
        parts.append(f"[{more} more parts were left out]")
    text = "\n".join(part for part in parts if isinstance(part, str))
    images = [part for part in parts if not isinstance(part, str)]
    if result.is_error:
        raise ToolError(text or f"The server {server} says that the call failed, and not why.")
    if images:
        return [text, *images] if text else images if len(images) > 1 else images[0]
    data = result.structured_content
    if data is None or not structured:
        return text
    return data["result"] if _is_wrapped(data, text) else data


def is_wrapper(schema: Mapping[str, Any]) -> bool:
    """Whether an output schema may only wrap a value that is no object, as Python's SDK does."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or properties.keys() != {"result"}:
        return False
    return isinstance(properties["result"], dict)


def _is_wrapped(data: Any, text: str) -> bool:
    """Whether ``data`` only wraps what the text says: the text of a real object is its JSON."""
    if not isinstance(data, dict) or data.keys() != {"result"}:
        return False
    try:
        return bool(json.loads(text) != data)
    except ValueError:
        return True


def _parts(part: Any) -> Iterator[Any]:
    match part.type:
        case "text":
            yield part.text
        case "image":
            yield Image(media_type=part.mime_type, data=b64decode(part.data))
        case "resource":
            yield from _resource(part.resource)
        case "resource_link":
            yield f"[resource {part.name}: {part.uri}]"
        case "audio":
            yield f"[audio, {part.mime_type}, {len(part.data) * 3 // 4:,} bytes, not shown]"
        case other:
            yield f"[{other}, not shown]"


def _resource(resource: Any) -> Iterator[Any]:
    if (text := getattr(resource, "text", None)) is not None:
        yield text
        return
    kind = resource.mime_type or "application/octet-stream"
    if kind.startswith("image/"):
        yield Image(media_type=kind, data=b64decode(resource.blob))
    else:
        yield f"[resource {resource.uri}, {kind}, {len(resource.blob) * 3 // 4:,} bytes, not shown]"
