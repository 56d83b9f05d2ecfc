#!/usr/bin/perl
# The service of the lab, a counter. app.pl start|stop FOLDER NAME PORT
# A line for each connection. "add N" counts: in a file for each epoch, and as a line of the log, before it is answered.
# Whatever is asked, the answer is: name of the server, epoch, count, microseconds on the monotonic clock of this machine,
# which all servers of the lab share. All it writes lies on the disk of its own server.
# In Perl because that is on every Debian and starts in milliseconds: the lab measures Baton, not the service. Starting
# takes a tenth of a second all the same, so that there is a time in which an agent can be killed while it starts one.
use strict;
use warnings;
use Config;
use Fcntl qw(:DEFAULT :seek);
use POSIX ();
use Socket qw(:DEFAULT IPPROTO_TCP);

my ($action, $folder, $name, $port) = @ARGV;
my $file = "$folder/app.pid";

# A process that nobody has waited for has no command line any more.
sub running {
  my ($pid) = @_;
  open(my $handle, '<', "/proc/$pid/cmdline") or return 0;
  my $line = <$handle> // '';
  return $line =~ /app\.pl\0run/ || $line =~ /app\.pl\0start/;
}

sub remembered {
  open(my $handle, '<', $file) or return 0;
  my $pid = <$handle> // 0;
  chomp $pid;
  return $pid =~ /^[0-9]+$/ && $pid > 1 && running($pid) ? $pid : 0;
}

# Time::HiRes is not part of the smallest Perl.
sub monotonic {
  my $time = "\0" x 16;
  syscall($Config{archname} =~ /^x86_64/ ? 228 : 113, 1, $time);
  my ($seconds, $nanoseconds) = unpack 'qq', $time;
  return $seconds * 1_000_000 + int($nanoseconds / 1_000);
}

if ($action eq 'stop') {
  for (1 .. 200) {
    my $pid = remembered() or last;
    kill 'KILL', $pid;
    select(undef, undef, undef, 0.005);
  }
  exit 1 if remembered();
  unlink $file;
  exit 0;
}

exit 0 if remembered();
select(undef, undef, undef, 0.1);
pipe(my $ready, my $tell) or die "pipe: $!";
my $child = fork() // die "fork: $!";
if ($child) {
  close $tell;
  exit((<$ready> // '') eq "ready\n" ? 0 : 1);
}
close $ready;
# Where it is must be known before it is on its own.
open(my $handle, '>', "$file.new") or die "$file.new: $!";
print $handle "$$\n";
close $handle;
rename "$file.new", $file or die "$file: $!";
POSIX::setsid();
socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, pack('l', 1)) or die "setsockopt: $!";
bind($listener, sockaddr_in($port, INADDR_ANY)) or die "bind: $!";
# Nobody is accepted before there is something to read.
setsockopt($listener, IPPROTO_TCP, 9, pack('l', 1)) or die "setsockopt: $!";
listen($listener, 1024) or die "listen: $!";
my $epoch = ($ENV{BATON_EPOCH} // '0') =~ /^([0-9]+)$/ ? $1 : 0;
sysopen(my $counter, "$folder/count.$epoch", O_RDWR | O_CREAT) or die "$folder/count.$epoch: $!";
sysread $counter, my $count, 20;
$count = ($count // '') =~ /^([0-9]+)/ ? $1 + 0 : 0;
open(my $log, '>>', "$folder/counted.log") or die "$folder/counted.log: $!";
syswrite $tell, "ready\n";
close $tell;
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
$SIG{PIPE} = 'IGNORE';
while (1) {
  accept(my $connection, $listener) or next;
  # Who says nothing must not keep the others waiting.
  setsockopt($connection, SOL_SOCKET, SO_RCVTIMEO, pack('l!l!', 0, 50_000));
  my $since = monotonic();
  if (sysread($connection, my $line, 64)) {
    if ($line =~ /^add ([0-9]+)$/) {
      $count += 1;
      sysseek $counter, 0, SEEK_SET;
      syswrite $counter, "$count\n";
      syswrite $log, "$epoch $1 $count\n";
    }
    syswrite $connection, "$name $epoch $count " . monotonic() . "\n";
  }
  close $connection;
  # A slow disk, or a client that says nothing, is not a server that is lost: whoever judges has to know.
  my $until = monotonic();
  syswrite $log, "slow $since $until\n" if $until - $since > 40_000;
}
