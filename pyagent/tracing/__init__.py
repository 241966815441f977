"""What runs do, as spans: for OpenTelemetry, files and metrics.

``spans`` makes spans of the events of a run, by the OpenTelemetry conventions for generative AI.
``sinks`` says who gets them. Nothing here knows of agents; without a sink a run costs nothing more.
"""
