-- execution_engine: `execution-stack engine`. Has no table of its own yet.
GRANT SELECT ON alembic_version TO execution_engine;
