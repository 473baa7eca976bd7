/** What of a user and a machine no run needs: credentials, private data, and sockets that lead out of a sandbox. */
import { join } from 'node:path'

/** In a home folder, by what they are of. */
const ofHome = [
  // Keys and passwords
  ...[
    '.ssh',
    '.putty',
    '.gnupg',
    '.age',
    '.password-store',
    '.vault-token',
    '.netrc',
    '_netrc',
    '.authinfo',
    '.authinfo.gpg',
  ],
  ...['.pgpass', '.my.cnf', '.mylogin.cnf', '.local/share/keyrings', '.local/share/kwalletd', '.config/sops', '.krb5'],
  ...[
    '.1password',
    '.config/1Password',
    '.config/op',
    '.config/Bitwarden',
    '.config/Bitwarden CLI',
    '.config/keepassxc',
  ],
  ...['.bitcoin', '.ethereum', '.electrum', '.config/solana'],
  // Clouds and clusters
  ...[
    '.aws',
    '.azure',
    '.oci',
    '.config/gcloud',
    '.config/doctl',
    '.config/hcloud',
    '.config/linode-cli',
    '.config/scw',
  ],
  ...[
    '.lambda_cloud',
    '.runpod',
    '.modal.toml',
    '.sky',
    '.kube',
    '.docker',
    '.config/containers',
    '.terraform.d',
    '.boto',
  ],
  ...['.rclone.conf', '.config/rclone', '.s3cfg'],
  // Forges, and registries of packages and models
  ...[
    '.git-credentials',
    '.config/git/credentials',
    '.config/gh',
    '.config/glab-cli',
    '.config/hub',
    '.subversion/auth',
  ],
  ...[
    '.npmrc',
    '.yarnrc',
    '.yarnrc.yml',
    '.pypirc',
    '.config/pip',
    '.pip',
    '.config/uv',
    '.config/pypoetry',
    '.condarc',
  ],
  ...[
    '.cargo/credentials',
    '.cargo/credentials.toml',
    '.gem/credentials',
    '.m2/settings.xml',
    '.gradle/gradle.properties',
  ],
  ...['.composer/auth.json', '.config/composer/auth.json', '.nuget/NuGet/NuGet.Config', '.kaggle', '.config/kaggle'],
  ...['.cache/huggingface/token', '.cache/huggingface/stored_tokens', '.huggingface', '.config/wandb', '.comet.config'],
  ...['.neptune', '.local/share/jupyter/runtime', '.jupyter', '.config/dvc'],
  // Agents
  ...['.claude', '.claude.json', '.config/claude', '.config/anthropic', '.codex', '.gemini', '.config/opencode'],
  ...['.local/share/opencode', '.cursor', '.config/Cursor', '.copilot', '.config/github-copilot', '.continue', '.qwen'],
  ...[
    '.config/openai',
    '.config/goose',
    '.config/amp',
    '.factory',
    '.aider.conf.yml',
    '.ollama/id_ed25519',
    '.config/Code',
  ],
  // Browsers, mail and messengers
  ...['.mozilla', '.librewolf', '.zen', '.thunderbird', '.config/google-chrome', '.config/google-chrome-beta'],
  ...['.config/chromium', '.config/BraveSoftware', '.config/microsoft-edge', '.config/vivaldi', '.config/opera'],
  ...[
    '.var/app',
    'snap',
    '.config/Slack',
    '.config/discord',
    '.config/Signal',
    '.config/evolution',
    '.local/share/evolution',
  ],
  ...['.mutt', '.muttrc', '.msmtprc', '.mbsyncrc', 'Mail', 'Maildir'],
  ...['Keychains', 'Cookies', 'Safari', 'Mail', 'Messages', 'Application Support/Google', 'Application Support/Firefox']
    .concat(['Application Support/BraveSoftware', 'Application Support/Microsoft Edge', 'Application Support/Arc'])
    .concat(['Application Support/com.apple.TCC', 'Application Support/Slack', 'Application Support/Signal'])
    .concat(['Group Containers', 'Containers', 'Application Support/Code', 'Application Support/Claude'])
    .map(name => `Library/${name}`),
  // What was typed and seen
  ...[
    '.bash_history',
    '.zsh_history',
    '.zsh_sessions',
    '.histfile',
    '.history',
    '.local/share/fish',
    '.python_history',
  ],
  ...['.node_repl_history', '.psql_history', '.mysql_history', '.sqlite_history', '.rediscli_history', '.irb_history'],
  ...[
    '.ipython/profile_default/history.sqlite',
    '.viminfo',
    '.local/state/nvim',
    '.local/share/nvim/shada',
    '.lesshst',
  ],
  ...['.wget-hsts', '.local/share/recently-used.xbel', '.local/share/Trash'],
  // Sockets of virtual machines and containers
  ...['.colima', '.lima', '.orbstack', '.rd', '.local/share/containers', '.config/systemd'],
]

/** Of the machine: sockets through which a process of outside would act for a run, and secrets that root can read. */
const ofMachine = [
  ...[
    'docker.sock',
    'docker',
    'podman',
    'containerd',
    'crio',
    'k3s',
    'k0s',
    'buildkit',
    'dockershim.sock',
    'cri-dockerd.sock',
  ]
    .concat([
      'snapd.socket',
      'snapd-snap.socket',
      'libvirt',
      'lxd',
      'incus',
      'dbus',
      'systemd/private',
      'systemd/userdb',
    ])
    .concat(['user', 'secrets', 'credentials', 'screen', 'sudo', 'pcscd', 'avahi-daemon', 'cups', 'gdm3', 'lightdm'])
    .concat([
      'munge',
      'tailscale',
      'NetworkManager',
      'udev/control',
      'acpid.socket',
      'gssproxy.sock',
      'sssd',
      'winbindd',
    ])
    .map(name => `/run/${name}`),
  ...[
    '/var/run/secrets',
    '/var/snap/lxd/common/lxd',
    '/var/lib/lxd',
    '/var/lib/incus',
    '/var/lib/docker',
    '/var/lib/containerd',
  ],
  ...[
    '/var/lib/kubelet',
    '/etc/kubernetes',
    '/etc/rancher',
    '/etc/munge',
    '/etc/shadow',
    '/etc/shadow-',
    '/etc/gshadow',
  ],
  ...[
    '/etc/gshadow-',
    '/etc/krb5.keytab',
    '/etc/ssl/private',
    '/etc/sudoers',
    '/etc/sudoers.d',
    '/etc/wireguard',
    '/var/mail',
  ],
  ...[
    '/var/spool',
    '/var/log',
    '/var/lib/sss',
    '/var/lib/tailscale',
    '/private/etc/master.passwd',
    '/var/run/docker.sock',
  ],
  ...['dsa', 'ecdsa', 'ed25519', 'rsa'].map(kind => `/etc/ssh/ssh_host_${kind}_key`),
]

/** Variables that hold the path of such a file, folder or socket. */
const variables = [
  ...['SSH_AUTH_SOCK', 'XDG_RUNTIME_DIR', 'GNUPGHOME', 'GOOGLE_APPLICATION_CREDENTIALS', 'AWS_SHARED_CREDENTIALS_FILE'],
  ...['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'HF_TOKEN_PATH', 'NETRC', 'PGPASSFILE', 'DOCKER_CONFIG', 'KRB5CCNAME'],
]

/**
 * Absolute paths that no run should read or connect to; most do not exist on a given machine.
 * @param home the user's own
 */
export const privatePaths = (home: string, environment: NodeJS.ProcessEnv = process.env): string[] => [
  ...ofHome.map(name => join(home, name)),
  ...ofMachine,
  ...variables.flatMap(name => {
    const path = environment[name]?.replace(/^FILE:/, '') ?? ''
    return path.startsWith('/') && path !== '/' && path !== home ? [path] : []
  }),
]
