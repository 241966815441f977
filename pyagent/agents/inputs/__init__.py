"""What comes with a task: files, images and variables. Nothing here knows about runs."""
