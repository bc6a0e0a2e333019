package dev.sluice.bench.load;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * What the threads of another JVM have allocated, from that JVM's own counters. Attaching loads its management agent, so
 * its memory is measured before. Thread: any.
 */
final class Heap implements AutoCloseable {
    private final JMXConnector connector;
    private final ThreadMXBean threads;

    private Heap(JMXConnector connector, ThreadMXBean threads) {
        this.connector = connector;
        this.threads = threads;
    }

    // The address is that of a process of our own.
    @SuppressWarnings("BanJNDI")
    static Heap of(long pid) throws IOException {
        String address;
        try {
            VirtualMachine machine = VirtualMachine.attach(String.valueOf(pid));
            try {
                address = machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("the JVM " + pid + " cannot be attached to", e);
        }
        JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address));
        return new Heap(
                connector,
                ManagementFactory.newPlatformMXBeanProxy(
                        connector.getMBeanServerConnection(),
                        ManagementFactory.THREAD_MXBEAN_NAME,
                        ThreadMXBean.class));
    }

    /**
     * Bytes in the lives of threads.
     *
     * @param loops of event loops
     * @param all of every thread but those of the management that asks
     */
    record Allocated(long loops, long all) {
        Allocated since(Allocated before) {
            return new Allocated(loops - before.loops, all - before.all);
        }
    }

    Allocated now() {
        long[] ids = threads.getAllThreadIds();
        ThreadInfo[] infos = threads.getThreadInfo(ids);
        long[] bytes = threads.getThreadAllocatedBytes(ids);
        long loops = 0;
        long all = 0;
        for (int i = 0; i < ids.length; i++) {
            String name = infos[i] == null ? "" : infos[i].getThreadName();
            if (name.startsWith("sluice-loop")) {
                loops += bytes[i];
            }
            if (!name.startsWith("RMI") && !name.startsWith("JMX") && bytes[i] > 0) {
                all += bytes[i];
            }
        }
        return new Allocated(loops, all);
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
