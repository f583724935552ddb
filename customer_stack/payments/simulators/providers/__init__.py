"""One server that speaks as Currencycloud, OpenPayd and Circle do, and as a service that verifies payees."""
