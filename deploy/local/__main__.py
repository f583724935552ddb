"""What `./bulkhead` becomes once .venv is there."""

from deploy.local import commands

commands.run()
