package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(name = "users", description = "Make and manage users.", synopsisSubcommandLabel = "COMMAND")
final class UsersCommand {}
