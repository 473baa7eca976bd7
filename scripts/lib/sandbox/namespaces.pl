# Runs a command in namespaces of its own: user, mount, PID, IPC, UTS, cgroup and, unless asked not to, network.
#
#   perl namespaces.pl ARCH NETWORK REMOUNT [KIND PATH]... -- COMMAND...
#
# ARCH     x64 or arm64: numbers of the system calls
# NETWORK  own or shared
# REMOUNT  whole: one call (mount_setattr, Linux 5.12); each: one call a mount
# KIND     device: a node, or a folder of them, that stays usable; tmp: the folder that /tmp and /var/tmp are; kernel: a path of
#          /proc that becomes read-only; then, from the outermost to the innermost: hide, read, write, and mount-tmp, which
#          puts the folder of tmp there
#
# Three processes: this one waits outside and ends with the command's exit code (128 + n: ended by signal n); the first one
# inside waits for all others, so that it can be killed with all of them; and the command, in a second user namespace, in which
# it has no rights over the mounts and cannot create a third.
use strict;
use warnings;

delete $ENV{PERL_BADLANG};

my ($arch, $network, $remount) = splice @ARGV, 0, 3;
my %call = %{
    {
        x64   => { unshare => 272, mount => 165, mount_setattr => 442, prctl => 157, capset => 126, close => 3 },
        arm64 => { unshare => 97,  mount => 40,  mount_setattr => 442, prctl => 167, capset => 91,  close => 57 },
    }->{$arch} // fail("no system calls of $arch")
};
my (%paths, @rules);
while (@ARGV and (my $kind = shift) ne '--') {
    my $path = shift;
    if ($kind =~ /^(?:hide|read|write|mount-tmp)$/) { push @rules, [$kind, $path] }
    else { push @{ $paths{$kind} }, $path }
}

use constant {
    CLONE_NEWNS => 0x20000, CLONE_NEWCGROUP => 0x2000000, CLONE_NEWUTS => 0x4000000, CLONE_NEWIPC => 0x8000000,
    CLONE_NEWUSER => 0x10000000, CLONE_NEWPID => 0x20000000, CLONE_NEWNET => 0x40000000,
    MS_RDONLY => 1, MS_NOSUID => 2, MS_NODEV => 4, MS_NOEXEC => 8, MS_REMOUNT => 32, MS_BIND => 4096, MS_REC => 16384,
    MS_PRIVATE => 1 << 18,
    AT_FDCWD => -100, AT_RECURSIVE => 0x8000,
    O_PATH => 0x200000,
    PR_SET_NO_NEW_PRIVS => 38, PR_CAPBSET_DROP => 24,
    SIOCSIFFLAGS => 0x8914, IFF_UP => 1, IFF_RUNNING => 64,
};

my $folder = readlink '/proc/self/cwd';
pipe my $outcome, my $report or fail("pipe: $!");
my $shared = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;
enter_user_namespace($shared | ($network eq 'own' ? CLONE_NEWNET : 0));
# Kernels without it have nothing of the kind to separate.
syscall $call{unshare}, CLONE_NEWCGROUP;
my $first = fork // fail("fork: $!");
if ($first == 0) {
    close $outcome;
    first_process();
}
close $report;
my $code = <$outcome>;
exit $code if defined $code;
waitpid $first, 0;
exit(($? & 127) ? 128 + ($? & 127) : $? >> 8);

sub first_process {
    set_up();
    my $command = fork // fail("fork: $!");
    if ($command == 0) {
        close $report;
        become_command();
    }
    # Whoever reads the output shall not wait for this process.
    for my $fd (map { /(\d+)$/ } glob '/proc/self/fd/*') { syscall $call{close}, $fd + 0 if $fd != fileno $report }
    while ((my $ended = waitpid -1, 0) > 0) {
        next if $ended != $command;
        syswrite $report, ($? & 127) ? 128 + ($? & 127) : $? >> 8;
        close $report;
    }
    exit 0;
}

sub become_command {
    enter_user_namespace(0);
    # Also for the user root, whom an exec would give back all that is not dropped here.
    for my $capability (0 .. 63) { syscall $call{prctl}, PR_CAPBSET_DROP, $capability, 0, 0, 0 }
    must('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    must('capset', pack('L2', 0x20080522, 0), pack('L6', (0) x 6));
    exec { $ARGV[0] } @ARGV or print STDERR "$ARGV[0]: $!\n";
    exit 127;
}

# The user keeps its number.
sub enter_user_namespace {
    my ($flags) = @_;
    my ($user, $group) = ($>, $) + 0);
    must('unshare', CLONE_NEWUSER | $flags);
    put('/proc/self/setgroups', 'deny');
    put('/proc/self/uid_map', "$user $user 1");
    put('/proc/self/gid_map', "$group $group 1");
}

sub set_up {
    loopback_up() if $network eq 'own';
    # One for the command, none for what it starts.
    put('/proc/sys/user/max_user_namespaces', 1);
    mounted('none', '/', '', MS_REC | MS_PRIVATE);
    # Sources are opened before anything covers them.
    my %source = map { $_ => opened($_) } @{ $paths{device} }, @{ $paths{tmp} }, map { $$_[1] } grep { $$_[0] =~ /read|write/ } @rules;
    my $null = opened('/dev/null');
    restrict('/', AT_RECURSIVE, MS_RDONLY | MS_NOSUID | MS_NODEV, 0);
    mounted('proc', '/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC);
    for my $path (@{ $paths{kernel} // [] }) {
        mounted($path, $path, '', MS_BIND | MS_REC);
        restrict($path, AT_RECURSIVE, MS_RDONLY, 0);
    }
    devices(\%source);
    my @sealed;
    for my $rule (@rules) {
        my ($kind, $path) = @$rule;
        my $from = $source{ $kind eq 'mount-tmp' ? $paths{tmp}[0] : $path };
        if ($kind ne 'hide') { put_at($from, $path, $kind eq 'read' ? 0 : MS_RDONLY) }
        elsif (-d $path) {
            mounted('none', $path, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, 'mode=0111');
            push @sealed, $path;
        }
        # On a mount without devices it cannot be opened.
        else { mounted("/proc/self/fd/" . fileno($null), $path, '', MS_BIND) }
    }
    restrict($_, 0, MS_RDONLY, 0) for @sealed, '/dev';
    # It leads to the mount that lies below the new one.
    chdir $folder or chdir '/';
}

# A minimal /dev of its own.
sub devices {
    my ($source) = @_;
    mounted('none', '/dev', 'tmpfs', MS_NOSUID | MS_NOEXEC, 'mode=0755');
    put_at($$source{$_}, $_, MS_RDONLY | MS_NODEV) for @{ $paths{device} };
    for my $made (['pts', 'devpts', 'newinstance,ptmxmode=0666,mode=620'], ['shm', 'tmpfs', 'mode=1777']) {
        my ($name, $type, $data) = @$made;
        mkdir "/dev/$name" or fail("/dev/$name: $!");
        mounted('none', "/dev/$name", $type, MS_NOSUID | ($name eq 'shm' ? MS_NODEV : 0) , $data);
    }
    my %link = (ptmx => 'pts/ptmx', fd => '/proc/self/fd', stdin => 'fd/0', stdout => 'fd/1', stderr => 'fd/2');
    symlink $link{$_}, "/dev/$_" or fail("/dev/$_: $!") for keys %link;
}

# Mounts an opened file or folder, with what is mounted inside it, and takes flags from these mounts.
sub put_at {
    my ($source, $path, $taken) = @_;
    my $from = "/proc/self/fd/" . fileno $source;
    make_place($path, -d $from);
    mounted($from, $path, '', MS_BIND | MS_REC);
    restrict($path, AT_RECURSIVE, 0, $taken) if $taken;
}

sub make_place {
    my ($path, $is_folder) = @_;
    return if -e $path;
    my $at = '';
    my @names = grep { $_ ne '' } split '/', $path;
    my $last = pop @names;
    for my $name (@names) { $at .= "/$name"; -d $at or mkdir $at or fail("$at: $!") }
    if ($is_folder) { mkdir "$at/$last" or fail("$path: $!") }
    else { open my $file, '>', "$at/$last" or fail("$path: $!") }
}

sub opened {
    my ($path) = @_;
    sysopen my $handle, $path, O_PATH or fail("$path: $!");
    return $handle;
}

# Adds and takes flags of the mount at a path, and with AT_RECURSIVE of all inside it.
sub restrict {
    my ($path, $depth, $added, $taken) = @_;
    if ($remount eq 'whole') {
        # struct mount_attr: its flags of these three are those of mount(2).
        my $result = syscall $call{mount_setattr}, AT_FDCWD, $path, $depth, pack('Q4', $added, $taken, 0, 0), 32;
        return $result == -1 ? fail("$path cannot be remounted: $!") : undef;
    }
    my %flag = (ro => MS_RDONLY, nosuid => MS_NOSUID, nodev => MS_NODEV, noexec => MS_NOEXEC);
    open my $table, '<', '/proc/self/mountinfo' or fail("/proc/self/mountinfo: $!");
    my %flags_at;
    while (my $line = <$table>) {
        my ($at, $options) = (split ' ', $line)[4, 5];
        $at =~ s/\\([0-7]{3})/chr oct $1/ge;
        next if $at ne $path and (!$depth or $path ne '/' and index($at, "$path/") != 0);
        my $flags = 0;
        $flags |= $flag{$_} // 0 for split ',', $options;
        # The last one of a path covers the others.
        $flags_at{$at} = $flags;
    }
    for my $at (sort keys %flags_at) {
        my $flags = ($flags_at{$at} | $added) & ~$taken | MS_REMOUNT | MS_BIND;
        # $at is a key: read-only, as the strings of a system call must not be.
        my ($none, $place, $type) = ('none', "$at", '');
        next if syscall($call{mount}, $none, $place, $type, $flags, 0) == 0;
        # What this user cannot reach, or what another mount covers, the command cannot reach either.
        fail("$at cannot be remounted: $!") unless $!{EACCES} or $!{ENOENT} or $!{EINVAL} and $at ne $path;
    }
}

sub mounted {
    my ($source, $target, $type, $flags, $data) = @_;
    return if syscall($call{mount}, $source, $target, $type, $flags, $data // 0) == 0;
    fail("$target cannot be mounted: $!");
}

sub loopback_up {
    # AF_INET, SOCK_DGRAM
    socket my $any, 2, 2, 0 or fail("socket: $!");
    my $flags = pack 'a16 s x22', 'lo', IFF_UP | IFF_RUNNING;
    ioctl $any, SIOCSIFFLAGS, $flags or fail("the loopback cannot be used: $!");
}

sub must {
    my ($name, @values) = @_;
    return if syscall($call{$name}, @values) != -1;
    fail($name eq 'unshare' ? "this user may create no namespaces: $!" : "$name: $!");
}

sub put {
    my ($path, $text) = @_;
    open my $file, '>', $path or fail("$path: $!");
    print $file $text;
    close $file or fail("$path: $!");
}

sub fail {
    print STDERR "sandbox: $_[0]\n";
    exit 125;
}
