import type { ReasonPattern } from './pattern.ts';
import { product } from './pattern-row.ts';

/** What fails in services that a job has deployed, in its tests, and in the systems below them. */
export const servicePatterns: readonly ReasonPattern[] = [
  // Services
  product('nova-no-host', 2, /No valid host was found|NoValidHost/, 'Nova found no host for a server.'),
  product(
    'nova-build',
    2,
    /Exceeded maximum number of retries|Build of instance \S+ (was re-scheduled|aborted)/,
    'Nova could not build a server.',
  ),
  product(
    'nova-interface',
    2,
    /VirtualInterfaceCreateException|Virtual Interface creation failed/,
    'A server got no network interface.',
  ),
  product(
    'libvirt',
    2,
    /libvirtError: |process exited while connecting to monitor/,
    'Libvirt could not start or change a server.',
  ),
  product(
    'neutron-binding',
    2,
    /PortBindingFailed|Binding failed for port|Failed to bind port \S+ on host/,
    'Neutron could not bind a port.',
  ),
  product('keystone-discovery', 1, /Failed to discover available identity versions/, 'Keystone does not answer.'),
  product('api-error', 1, /\(HTTP 50[034]\)|HTTP 500 Internal Server Error/, 'A service answered with a server error.'),
  product('api-unauthorized', 1, /The request you have made requires authentication/, 'Keystone refused a request.'),
  product(
    'database',
    2,
    /Can't connect to (local )?MySQL server|DBConnectionError/,
    'A service cannot reach its database.',
  ),
  product(
    'galera',
    2,
    /WSREP: failed to open gcomm|WSREP has not yet prepared node/,
    'The database cluster did not form.',
  ),
  product(
    'pacemaker',
    2,
    /_(start|promote|monitor)_\d+ on \S+ '(unknown error|not running|error)'|cluster is not currently running on this node/,
    'Pacemaker could not run a resource.',
  ),
  product(
    'rabbitmq',
    1,
    /AMQP server on \S+ is unreachable|unable to (connect to|perform an operation on) node '?rabbit@/,
    'RabbitMQ does not answer.',
  ),
  product(
    'messaging-timeout',
    2,
    /MessagingTimeout: |Timed out waiting for a reply to message ID/,
    'A service got no answer from another over RabbitMQ.',
  ),
  product(
    'ceph',
    2,
    /\bHEALTH_ERR\b|ceph-volume .*(RuntimeError|failed)|error connecting to the cluster/,
    'Ceph is not healthy, or was not set up.',
  ),
  product(
    'certificate-untrusted',
    2,
    /CERTIFICATE_VERIFY_FAILED|certificate signed by unknown authority|self[- ]signed certificate/,
    'A certificate is not trusted.',
  ),

  // Tests
  product('tempest-failed', 3, /- Failed: +[1-9]|\.\.\. FAILED$|FAILED \((failures|errors)=[1-9]/, 'Tests failed.'),
  product(
    'tempest-ssh',
    2,
    /SSHTimeout|Connection to the \S+ via SSH timed out/,
    'A test could not log in to its server.',
  ),
  product(
    'tempest-server',
    2,
    /BuildErrorException|failed to reach \S+ status .*within the required time/,
    'A test waited in vain for a resource.',
  ),
  product('no-tests', 2, /No tests (to run|were run|found)|Ran: 0 tests/, 'No test was run.'),

  // The system under test
  product(
    'out-of-memory',
    3,
    /invoked oom-killer|Out of memory: Kill(ed)? process|oom-kill:constraint/,
    'Memory ran out and a process was killed.',
  ),
  product('cannot-allocate', 2, /Cannot allocate memory|MemoryError\b/, 'A process got no more memory.'),
  product('kernel-panic', 3, /Kernel panic - not syncing/, 'The kernel of a node died.'),
  product('crash', 2, /segfault at [0-9a-f]|Segmentation fault|\(core dumped\)/, 'A process crashed.'),
  product('read-only', 1, /Read-only file system/, 'A process wanted to write where it may not.'),
  product('selinux-denied', 1, /avc: +denied +\{/, 'SELinux denied something.'),
  product('selinux-enforced', 2, /avc: +denied .*permissive=0/, 'SELinux kept a service from something.'),
  product('import-error', 2, /ImportError: |ModuleNotFoundError: /, 'A Python module is missing or broken.'),
  product('traceback', 1, /Traceback \(most recent call last\)/, 'A Python program failed.'),
  product(
    'merge-conflict',
    2,
    /CONFLICT \([a-z/]+\): |MERGE_(FAILURE|CONFLICT)/,
    'A change does not fit on its branch.',
  ),
  product(
    'git-no-ref',
    2,
    /fatal: ([Cc]ouldn't|could not) find remote ref|Remote branch \S+ not found in upstream/,
    'A branch or change is not in its repository.',
  ),
  product(
    'time-limit',
    1,
    /RUN END RESULT_TIMED_OUT|Build timed out \(after \d+ minutes\)|timeout: sending signal TERM|time limit (exceeded|reached)|exceeded (its|the) time limit/,
    'The job took longer than it may.',
  ),
];
