package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(
        name = "prices",
        description = "Show, check and replace what models cost.",
        synopsisSubcommandLabel = "COMMAND")
final class PricesCommand {}
