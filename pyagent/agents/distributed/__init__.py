"""Batches on more machines than one: an agent as data, tasks and results as JSON, and an engine.

``batches`` picks the engine of a batch. ``on_ray`` runs the tasks on a Ray cluster, by ``crew``,
which knows the cluster's workers; ``ray_worker`` is what runs in each of them. ``texts`` is what
crosses. Only ``crew`` imports Ray.
"""
