# Runs a command under Landlock: it may do with files what it is told, and nothing else.
#
#   perl landlock.pl ARCH abi
#   perl landlock.pl ARCH run NETWORK [KIND PATH]... [port NUMBER]... -- COMMAND...
#
# abi      prints the version of the kernel's Landlock: 0 where there is none
# ARCH     x64 or arm64: numbers of the system calls
# NETWORK  own: TCP connections go to the given ports only; shared: everywhere
# KIND     hide: nothing in it may be opened; read: it may be; write: it may be written to as well; device: a node, or a folder of
#          them, that may be read and written; list: a folder whose names may be read
#
# The rules of Landlock allow and never forbid, and one for a folder holds for all in it. So what lies beside a hidden path is
# allowed one by one; the folders above it cannot be listed, and what is created in them later cannot be read.
# It becomes the command: there is no process of its own.
use strict;
use warnings;

delete $ENV{PERL_BADLANG};

my ($arch, $task) = splice @ARGV, 0, 2;
# Those of Landlock have the same numbers everywhere.
my %call = (create => 444, add => 445, restrict => 446, prctl => { x64 => 157, arm64 => 167 }->{$arch} // fail("no system calls of $arch"));
$call{capset} = { x64 => 126, arm64 => 91 }->{$arch};

use constant {
    O_PATH => 0x200000,
    PR_SET_NO_NEW_PRIVS => 38, PR_CAPBSET_DROP => 24,
    # Rights on files
    EXECUTE => 1, WRITE_FILE => 1 << 1, READ_FILE => 1 << 2, READ_DIR => 1 << 3, MAKE_CHAR => 1 << 6, MAKE_BLOCK => 1 << 11,
    REFER => 1 << 13, TRUNCATE => 1 << 14, IOCTL_DEV => 1 << 15,
    # On ports
    CONNECT_TCP => 1 << 1,
    # Scopes: abstract Unix sockets, signals
    SCOPES => 3,
};
my $no_follow = { x64 => 0x20000, arm64 => 0x8000 }->{$arch};

my ($address, $size) = (0, 0);
my $abi = syscall $call{create}, $address, $size, 1;
$abi = 0 if $abi < 0;
if ($task eq 'abi') {
    print "$abi\n";
    exit 0;
}
fail('the kernel has none, or it is switched off') if $abi == 0;

my $network = shift;
my ($is_hidden, @allowed, @ports) = ({});
my $all = (1 << ($abi >= 5 ? 16 : $abi >= 3 ? 15 : $abi >= 2 ? 14 : 13)) - 1;
my $read = EXECUTE | READ_FILE | READ_DIR;
my %rights = (
    read => $read,
    # Devices are made by nobody.
    write => $all & ~(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV),
    device => ($read | WRITE_FILE | TRUNCATE | IOCTL_DEV) & $all,
    list => READ_DIR,
);
while (@ARGV and (my $kind = shift) ne '--') {
    my $value = shift;
    if ($kind eq 'port') { push @ports, $value }
    elsif ($kind eq 'hide') { $$is_hidden{$value} = 1 }
    else { push @allowed, [$value, $rights{$kind}] }
}

my $attributes = pack 'Q', $all;
$attributes .= pack 'Q', $network eq 'own' ? CONNECT_TCP : 0 if $abi >= 4;
$attributes .= pack 'Q', SCOPES if $abi >= 6;
my $rules = syscall $call{create}, $attributes, length $attributes, 0;
fail("no rules: $!") if $rules < 0;
allow_around('/');
allow(@$_) for @allowed;
if ($abi >= 4 and $network eq 'own') {
    for my $port (@ports) {
        my $rule = pack 'Q2', CONNECT_TCP, $port;
        fail("port $port: $!") if syscall($call{add}, $rules, 2, $rule, 0) != 0;
    }
}
# Also for the user root, whom an exec would give back all that is not dropped here.
for my $capability (0 .. 63) { syscall $call{prctl}, PR_CAPBSET_DROP, $capability, 0, 0, 0 }
must('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
must('restrict', $rules, 0);
must('capset', pack('L2', 0x20080522, 0), pack('L6', (0) x 6));
exec { $ARGV[0] } @ARGV or print STDERR "$ARGV[0]: $!\n";
exit 127;

# Allows reading what lies beside hidden paths, in a folder that holds one.
sub allow_around {
    my ($folder) = @_;
    my $prefix = $folder eq '/' ? '/' : "$folder/";
    my @below = grep { index($_, $prefix) == 0 } keys %$is_hidden;
    return allow($folder, $read) if @below == 0;
    my %holds = map { substr($_, length $prefix) =~ m{^([^/]+)}; ($1 => 1) } @below;
    # What this user cannot list is left as it is: not allowed.
    opendir my $entries, $folder or return;
    for my $name (readdir $entries) {
        next if $name eq '.' or $name eq '..';
        my $path = $prefix . $name;
        next if $$is_hidden{$path};
        if ($holds{$name}) { allow_around($path) }
        else { allow($path, $read) }
    }
}

# A link allows nothing: what it leads to has rules of its own. What is not there any more, too.
sub allow {
    my ($path, $rights) = @_;
    sysopen my $handle, $path, O_PATH | $no_follow or return;
    my $type = (stat $handle)[2] & 0170000;
    return if $type == 0120000;
    $rights &= EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV if $type != 0040000;
    return if $rights == 0;
    my $rule = pack 'Ql', $rights & $all, fileno $handle;
    fail("$path: $!") if syscall($call{add}, $rules, 1, $rule, 0) != 0;
}

sub must {
    my ($name, @values) = @_;
    fail("$name: $!") if syscall($call{$name}, @values) == -1;
}

sub fail {
    print STDERR "sandbox: $_[0]\n";
    exit 125;
}
