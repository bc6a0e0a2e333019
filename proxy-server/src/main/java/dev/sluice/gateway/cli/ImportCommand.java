package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(
        name = "import",
        description = "Make a configuration from another program's.",
        synopsisSubcommandLabel = "COMMAND")
final class ImportCommand {}
