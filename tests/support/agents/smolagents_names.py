"""The names that users of smolagents 1.26 write, read from its signatures."""

from __future__ import annotations

AGENT = (
    *("tools", "model", "prompt_templates", "instructions", "max_steps", "add_base_tools"),
    *("verbosity_level", "managed_agents", "step_callbacks", "planning_interval", "name"),
    *("description", "provide_run_summary", "final_answer_checks", "return_full_result", "logger"),
)
MODEL = (
    *("model_id", "custom_role_conversions", "requests_per_minute", "retry", "tool_name_key"),
    "tool_arguments_key",
)

PARAMETERS = {
    "CodeAgent": (
        *(*AGENT, "additional_authorized_imports", "executor", "executor_type", "executor_kwargs"),
        *("max_print_outputs_length", "stream_outputs", "use_structured_outputs_internally"),
        "code_block_tags",
    ),
    "ToolCallingAgent": (*AGENT, "stream_outputs", "max_tool_threads"),
    "run": (
        *("task", "stream", "reset", "images", "additional_args", "max_steps"),
        "return_full_result",
    ),
    "OpenAIModel": (
        *(*MODEL, "api_base", "api_key", "organization", "project", "client_kwargs"),
        *("flatten_messages_as_text", "temperature", "max_tokens", "top_p"),
    ),
    "LiteLLMModel": (*MODEL, "api_base", "api_key", "flatten_messages_as_text"),
    "InferenceClientModel": (
        *(*MODEL, "provider", "token", "timeout", "client_kwargs", "api_key", "bill_to"),
        "base_url",
    ),
    "TransformersModel": (
        *("model_id", "device_map", "torch_dtype", "trust_remote_code", "model_kwargs"),
        *("max_new_tokens", "max_tokens", "apply_chat_template_kwargs"),
    ),
}

ATTRIBUTES = {
    "CodeAgent": (
        *("cleanup", "description", "final_answer_checks", "from_dict", "from_folder", "from_hub"),
        *("instructions", "interrupt", "logger", "managed_agents", "max_steps", "memory", "model"),
        *("monitor", "name", "planning_interval", "prompt_templates", "push_to_hub", "replay"),
        *("run", "save", "state", "step_callbacks", "system_prompt", "to_dict", "tools"),
        *("visualize", "write_memory_to_messages"),
    ),
    "Memory": (
        *("steps", "reset", "get_full_steps", "get_succinct_steps", "return_full_code"),
        *("replay", "system_prompt"),
    ),
    "RunResult": ("output", "state", "steps", "token_usage", "timing", "dict"),
    "Timing": ("duration",),
    "TokenUsage": ("input_tokens", "output_tokens", "total_tokens"),
    "ActionStep": (
        *("step_number", "timing", "model_input_messages", "tool_calls", "error"),
        *("model_output_message", "model_output", "code_action", "observations"),
        *("observations_images", "action_output", "token_usage", "is_final_answer"),
    ),
    "PlanningStep": (
        *("model_input_messages", "model_output_message", "plan", "timing", "token_usage"),
    ),
    "Interaction": ("task", "task_images"),
    "Tool": (
        *("name", "description", "inputs", "output_type", "output_schema", "forward", "setup"),
        *("from_hub", "from_space", "from_gradio", "from_langchain", "push_to_hub", "save"),
        *("to_dict", "to_code_prompt"),
    ),
}
"""The attributes of each smolagents class, by the name of our class that replaces it."""

EXPORTS = (
    *("ActionStep", "AgentAudio", "AgentError", "AgentImage", "AgentLogger", "AgentMemory"),
    *("AgentText", "AgentType", "AmazonBedrockModel", "ApiWebSearchTool", "AzureOpenAIModel"),
    *("ChatMessage", "CodeAgent", "DuckDuckGoSearchTool", "FinalAnswerStep", "FinalAnswerTool"),
    *("GoogleSearchTool", "GradioUI", "InferenceClientModel", "LiteLLMModel"),
    *("LiteLLMRouterModel", "LocalPythonExecutor", "LogLevel", "MCPClient", "MLXModel"),
    *("MessageRole", "Model", "Monitor", "MultiStepAgent", "OpenAIModel", "OpenAIServerModel"),
    *("PlanningStep", "PromptTemplates", "PythonInterpreterTool", "REMOVE_PARAMETER", "RunResult"),
    *("SpeechToTextTool", "SystemPromptStep", "TaskStep", "Timing", "TokenUsage", "Tool"),
    *("ToolCallingAgent", "ToolCollection", "TransformersModel", "UserInputTool", "VLLMModel"),
    *("VisitWebpageTool", "WebSearchTool", "WikipediaSearchTool", "launch_gradio_demo"),
    *("load_tool", "stream_to_gradio", "tool"),
)

OTHER_EXPORTS = (
    *("AGENT_REGISTRY", "AUTHORIZED_TYPES", "ActionOutput", "AgentExecutionError"),
    *("AgentGenerationError", "AgentMaxStepsError", "AgentParsingError", "AgentToolCallError"),
    *("AgentToolExecutionError", "AmazonBedrockServerModel", "ApiModel", "AzureOpenAIServerModel"),
    *("BASE_BUILTIN_MODULES", "BaseTool", "BlaxelExecutor", "CODEAGENT_RESPONSE_FORMAT"),
    *("CallbackRegistry", "ChatMessageStreamDelta", "ChatMessageToolCall", "DockerExecutor"),
    *("E2BExecutor", "EMPTY_PROMPT_TEMPLATES", "FinalAnswerPromptTemplate", "MODEL_REGISTRY"),
    *("ManagedAgentPromptTemplate", "MemoryStep", "ModalExecutor", "PlanningPromptTemplate"),
    *("PythonExecutor", "SafeSerializer", "SerializationError", "StreamEvent", "TOOL_MAPPING"),
    *("ToolCall", "ToolOutput", "agglomerate_stream_deltas", "create_agent_gradio_app_template"),
    *("evaluate_python_code", "extract_code_from_text", "fix_final_answer_code"),
    *("get_clean_message_list", "handle_agent_output_types", "interactive_mode", "is_valid_name"),
    *("load_model", "make_init_file", "parse_code_blobs", "parse_json_if_needed"),
    *("populate_template", "run_smolagent", "tool_role_conversions", "truncate_content"),
    "validate_tool_arguments",
)
"""What else ``dir(smolagents)`` has of its own, apart from the parts of its command."""
