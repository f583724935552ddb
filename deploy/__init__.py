"""How the platform is run: `local` is the launcher behind `./bulkhead`; the rest is for machines that are not this one."""
