package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(name = "streams", description = "See and stop open calls.", synopsisSubcommandLabel = "COMMAND")
final class StreamsCommand {}
