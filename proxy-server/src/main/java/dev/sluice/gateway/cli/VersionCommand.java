package dev.sluice.gateway.cli;

import picocli.CommandLine.Command;

@Command(name = "version", description = "Print the version.")
final class VersionCommand implements Runnable {
    private final Main.Surroundings surroundings;

    VersionCommand(Main.Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        surroundings.out().println("sluice " + Main.version());
    }
}
