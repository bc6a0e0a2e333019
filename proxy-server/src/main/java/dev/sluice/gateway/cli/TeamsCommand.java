package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(name = "teams", description = "Make and manage teams.", synopsisSubcommandLabel = "COMMAND")
final class TeamsCommand {}
