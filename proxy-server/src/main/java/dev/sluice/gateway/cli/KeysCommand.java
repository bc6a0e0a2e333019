package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(name = "keys", description = "Make and manage gateway keys.", synopsisSubcommandLabel = "COMMAND")
final class KeysCommand {}
