package dev.sluice.gateway.edge;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.RawUnixChannelOption;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps new connections away from a listening socket without closing it: the kernel drops every SYN that reaches it, while
 * handshakes that have begun go on. A client whose SYN was dropped sends it again a second later; when the socket has been
 * closed by then, it reaches another one that listens on the same address ({@code SO_REUSEPORT}).
 *
 * <p>This is the missing half of handing over an address. Of the sockets that share it the kernel picks one for each SYN,
 * and closing a socket resets what has been picked for it and not yet been accepted, however fast one accepts: at a
 * round trip of 50 ms that is a twentieth of a second's connections. ({@code net.ipv4.tcp_migrate_req} moves them to
 * another socket, but has to be switched on for the whole system.)
 *
 * <p>The filter is a program of four instructions in classic BPF (Linux, {@code Documentation/networking/filter.rst}). It
 * sees a segment from its TCP header on; accepted connections inherit it, and receive no SYN. Thread: any.
 */
final class SynFilter {
    private static final Logger LOG = LoggerFactory.getLogger(SynFilter.class);

    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;

    /** {@code struct sock_fprog} on 64 bits: a length in instructions, padding, the address of the instructions. */
    private static final int PROGRAM_BYTES = 16;

    private static final int ADDRESS_OFFSET = 8;
    /** {@code struct sock_filter}: code, jump if true, jump if false, operand. */
    private static final int INSTRUCTION_BYTES = 8;

    private static final int LOAD_BYTE = 0x30;
    private static final int JUMP_IF_ANY_BIT = 0x45;
    private static final int RETURN = 0x06;

    private static final int FLAGS_OFFSET = 13;
    private static final int SYN = 0x02;
    private static final int NOTHING = 0;
    private static final int ALL_OF_IT = -1;

    private static final RawUnixChannelOption ATTACH =
            new RawUnixChannelOption("SO_ATTACH_FILTER", SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM_BYTES);

    private SynFilter() {}

    /**
     * @param listening a socket of epoll or io_uring
     * @return whether it is given no new connections from now on; if not, why is in the log
     */
    static boolean dropNew(Channel listening) {
        ByteBuffer instructions = instructions();
        ByteBuffer program = ByteBuffer.allocateDirect(PROGRAM_BYTES).order(ByteOrder.nativeOrder());
        program.putShort(0, (short) (instructions.capacity() / INSTRUCTION_BYTES));
        program.putLong(ADDRESS_OFFSET, Buffer.memoryAddress(instructions));
        try {
            return listening.config().setOption(ATTACH, program);
        } catch (ChannelException e) {
            LOG.atWarn()
                    .setCause(e)
                    .log("new connections cannot be kept away from the socket; some may be reset when it is closed");
            return false;
        } finally {
            // The kernel has taken its copy: only from here on may the collector have them.
            Reference.reachabilityFence(instructions);
        }
    }

    private static ByteBuffer instructions() {
        ByteBuffer to = ByteBuffer.allocateDirect(4 * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
        put(to, LOAD_BYTE, 0, 0, FLAGS_OFFSET);
        put(to, JUMP_IF_ANY_BIT, 0, 1, SYN);
        put(to, RETURN, 0, 0, NOTHING);
        put(to, RETURN, 0, 0, ALL_OF_IT);
        return to;
    }

    private static void put(ByteBuffer to, int code, int ifTrue, int ifFalse, int operand) {
        to.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(operand);
    }
}
