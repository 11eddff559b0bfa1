"""What a run leaves on disk: records, manifest, checkpoint, action log, audit."""
