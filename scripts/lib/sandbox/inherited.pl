# Takes from a command what it would inherit beside its policy, and becomes it:
#
#   perl inherited.pl ARCH COMMAND...
#
# ARCH  x64 or arm64: numbers of the system calls
#
# Descriptors above 3, which a shell or a terminal around the harness left open, and the session keyring of the kernel, which
# holds keys of the user's login and would hold what one run leaves for the next.
use strict;
use warnings;

delete $ENV{PERL_BADLANG};

my $arch = shift;
my ($close, $keyctl) = @{ { x64 => [3, 250], arm64 => [57, 219] }->{$arch} // [] } or fail("no system calls of $arch");
use constant KEYCTL_JOIN_SESSION_KEYRING => 1;

for my $descriptor (map { /(\d+)$/ } glob '/proc/self/fd/*') { syscall $close, $descriptor + 0 if $descriptor > 3 }
# An own one, without a name. Kernels and containers that have no keyrings refuse.
syscall $keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0;
exec { $ARGV[0] } @ARGV or fail("$ARGV[0]: $!");

sub fail {
    print STDERR "sandbox: $_[0]\n";
    exit 125;
}
