/** What of a user and a machine no run needs: credentials, private data, and sockets that lead out of a sandbox. */
import { join } from 'node:path'

/** Names, divided by commas. */
const listed = (text: string): string[] => text.split(',').map(name => name.trim())

/** In a home folder, by what they are of. */
const ofHome = {
  keysAndPasswords: `
    .ssh, .putty, .gnupg, .age, .password-store, .vault-token, .netrc, _netrc, .authinfo, .authinfo.gpg,
    .pgpass, .my.cnf, .mylogin.cnf, .local/share/keyrings, .local/share/kwalletd, .config/sops, .krb5,
    .1password, .config/1Password, .config/op, .config/Bitwarden, .config/Bitwarden CLI, .config/keepassxc,
    .bitcoin, .ethereum, .electrum, .config/solana`,
  cloudsAndClusters: `
    .aws, .azure, .oci, .config/gcloud, .config/doctl, .config/hcloud, .config/linode-cli, .config/scw,
    .lambda_cloud, .runpod, .modal.toml, .sky, .kube, .docker, .config/containers, .terraform.d, .boto,
    .rclone.conf, .config/rclone, .s3cfg`,
  forgesAndRegistries: `
    .git-credentials, .config/git/credentials, .config/gh, .config/glab-cli, .config/hub, .subversion/auth,
    .npmrc, .yarnrc, .yarnrc.yml, .pypirc, .config/pip, .pip, .config/uv, .config/pypoetry, .condarc,
    .cargo/credentials, .cargo/credentials.toml, .gem/credentials, .m2/settings.xml, .gradle/gradle.properties,
    .composer/auth.json, .config/composer/auth.json, .nuget/NuGet/NuGet.Config, .kaggle, .config/kaggle,
    .cache/huggingface/token, .cache/huggingface/stored_tokens, .huggingface, .config/wandb, .comet.config,
    .neptune, .local/share/jupyter/runtime, .jupyter, .config/dvc`,
  agents: `
    .claude, .claude.json, .config/claude, .config/anthropic, .codex, .gemini, .config/opencode,
    .local/share/opencode, .cursor, .config/Cursor, .copilot, .config/github-copilot, .continue, .qwen,
    .config/openai, .config/goose, .config/amp, .factory, .aider.conf.yml, .ollama/id_ed25519, .config/Code`,
  browsersMailAndMessengers: `
    .mozilla, .librewolf, .zen, .thunderbird, .config/google-chrome, .config/google-chrome-beta,
    .config/chromium, .config/BraveSoftware, .config/microsoft-edge, .config/vivaldi, .config/opera, .var/app,
    snap, .config/Slack, .config/discord, .config/Signal, .config/evolution, .local/share/evolution, .mutt,
    .muttrc, .msmtprc, .mbsyncrc, Mail, Maildir, Library/Keychains, Library/Cookies, Library/Safari,
    Library/Mail, Library/Messages, Library/Application Support/Google, Library/Application Support/Firefox,
    Library/Application Support/BraveSoftware, Library/Application Support/Microsoft Edge,
    Library/Application Support/Arc, Library/Application Support/com.apple.TCC,
    Library/Application Support/Slack, Library/Application Support/Signal, Library/Group Containers,
    Library/Containers, Library/Application Support/Code, Library/Application Support/Claude`,
  historyOfTheUser: `
    .bash_history, .zsh_history, .zsh_sessions, .histfile, .history, .local/share/fish, .python_history,
    .node_repl_history, .psql_history, .mysql_history, .sqlite_history, .rediscli_history, .irb_history,
    .ipython/profile_default/history.sqlite, .viminfo, .local/state/nvim, .local/share/nvim/shada, .lesshst,
    .wget-hsts, .local/share/recently-used.xbel, .local/share/Trash`,
  // Servers that execute commands for whoever has a token or a socket that lies there, at ports that differ each time.
  editorsAndBuildServers: `
    .vscode-server, .vscode-server-insiders, .cursor-server, .windsurf-server, .config/code-server,
    .local/share/code-server, .emacs.d/server, .config/emacs/server, .gradle/daemon, .pm2,
    .local/state/watchman, .dask, .vnc`,
  virtualMachinesAndContainers: `
    .colima, .lima, .orbstack, .rd, .local/share/containers, .config/systemd`,
}

/** Of the machine: sockets through which a process of outside would act for a run, and secrets that root can read. */
const ofMachine = listed(`
  /run/docker.sock, /run/docker, /run/podman, /run/containerd, /run/crio, /run/k3s, /run/k0s, /run/buildkit,
  /run/dockershim.sock, /run/cri-dockerd.sock, /run/snapd.socket, /run/snapd-snap.socket, /run/libvirt,
  /run/lxd, /run/incus, /run/dbus, /run/systemd/private, /run/systemd/userdb, /run/user, /run/secrets,
  /run/credentials, /run/screen, /run/sudo, /run/pcscd, /run/avahi-daemon, /run/cups, /run/gdm3, /run/lightdm,
  /run/munge, /run/tailscale, /run/NetworkManager, /run/udev/control, /run/acpid.socket, /run/gssproxy.sock,
  /run/sssd, /run/winbindd, /var/run/secrets, /var/snap/lxd/common/lxd, /var/lib/lxd, /var/lib/incus,
  /var/lib/docker, /var/lib/containerd, /var/lib/kubelet, /etc/kubernetes, /etc/rancher, /etc/munge,
  /etc/shadow, /etc/shadow-, /etc/gshadow, /etc/gshadow-, /etc/krb5.keytab, /etc/ssl/private, /etc/sudoers,
  /etc/sudoers.d, /etc/wireguard, /var/mail, /var/spool, /var/log, /var/lib/sss, /var/lib/tailscale,
  /private/etc/master.passwd, /var/run/docker.sock, /etc/ssh/ssh_host_dsa_key, /etc/ssh/ssh_host_ecdsa_key,
  /etc/ssh/ssh_host_ed25519_key, /etc/ssh/ssh_host_rsa_key`)

/** Variables that hold the path of such a file, folder or socket. */
const variables = listed(`
  SSH_AUTH_SOCK, XDG_RUNTIME_DIR, GNUPGHOME, GOOGLE_APPLICATION_CREDENTIALS, AWS_SHARED_CREDENTIALS_FILE,
  CLAUDE_CONFIG_DIR, CODEX_HOME, HF_TOKEN_PATH, NETRC, PGPASSFILE, DOCKER_CONFIG, KRB5CCNAME`)

/**
 * Absolute paths that no run should read or connect to; most do not exist on a given machine.
 * @param home the user's own
 */
export const privatePaths = (home: string, environment: NodeJS.ProcessEnv = process.env): string[] => [
  ...listed(Object.values(ofHome).join(',')).map(name => join(home, name)),
  ...ofMachine,
  ...variables.flatMap(name => {
    const path = environment[name]?.replace(/^FILE:/, '') ?? ''
    return path.startsWith('/') && path !== '/' && path !== home ? [path] : []
  }),
]
