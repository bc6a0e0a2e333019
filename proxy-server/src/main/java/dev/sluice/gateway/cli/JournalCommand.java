package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(
        name = "journal",
        description = "Look into a gateway's journal, or store what a gateway that is gone has left in it.",
        synopsisSubcommandLabel = "COMMAND")
final class JournalCommand {}
