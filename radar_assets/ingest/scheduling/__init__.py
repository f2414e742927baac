"""Live ingest as a pure decision: which volumes are ready, which windows run next."""
