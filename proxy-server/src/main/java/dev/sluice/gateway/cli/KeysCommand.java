package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(name = "keys", description = "Make gateway keys.", synopsisSubcommandLabel = "COMMAND")
final class KeysCommand {}
