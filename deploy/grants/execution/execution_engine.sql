-- execution_engine: `execution-stack engine`. Has no table of its own yet.
GRANT SELECT ON alembic_version TO execution_engine;
-- Gives back what orders held when they end, and counts what traded.
GRANT SELECT, INSERT (participant), UPDATE ON risk_account TO execution_engine;
GRANT SELECT, INSERT, UPDATE ON risk_holding TO execution_engine;
