"""The launcher behind `./dev`: engines, fleet, web client and checks of one checkout."""
