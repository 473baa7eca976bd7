/**
 * Ports that a run in a sandbox does not reach, though something of this machine listens there: who reaches them can have
 * commands executed outside of the sandbox, or leaves the machine. docs/sandbox.md names them.
 */

/** [first, last] */
const ranges: readonly (readonly [number, number])[] = [
  // Containers and clusters: Docker and Podman, etcd, Kubernetes and its proxy, kubelet, Nomad.
  [2375, 2380],
  [4243, 4243],
  [4646, 4648],
  [6443, 6443],
  [8001, 8001],
  [10250, 10259],
  // Job schedulers: Ray, Dask, Spark, YARN, Slurm, PBS and Grid Engine, distcc.
  [3632, 3632],
  [6066, 6066],
  [6444, 6445],
  [6817, 6820],
  [7077, 7077],
  [8032, 8033],
  [8088, 8088],
  [8265, 8265],
  [8786, 8786],
  [10001, 10001],
  [15001, 15004],
  [17001, 17001],
  // Notebooks, and debuggers of Python, Java, Chrome and Node; WebDriver; Android.
  [4444, 4445],
  [5005, 5005],
  [5037, 5037],
  [5678, 5678],
  [8888, 8899],
  [9222, 9222],
  [9229, 9239],
  [9515, 9515],
  // Screens: RDP, VNC, X11.
  [3389, 3389],
  [5900, 5999],
  [6000, 6063],
  // Ways out: SOCKS and web proxies, Tor, name resolution. Ssh above 1024.
  [1080, 1080],
  [2222, 2222],
  [3128, 3128],
  [5353, 5355],
  [8118, 8118],
  [8123, 8123],
  [9050, 9051],
  [9150, 9151],
]

export const isControlPort = (port: number): boolean => ranges.some(([first, last]) => first <= port && port <= last)
