#!/usr/bin/perl
# The service of the lab: it answers every connection with the name of its server. app.pl start|stop FOLDER NAME PORT
# In Perl because that is on every Debian and starts in milliseconds: the lab measures Baton, not the service. Starting
# takes a tenth of a second all the same, so that there is a time in which an agent can be killed while it starts one.
use strict;
use warnings;
use POSIX ();
use Socket;

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
listen($listener, 1024) or die "listen: $!";
syswrite $tell, "ready\n";
close $tell;
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
$SIG{PIPE} = 'IGNORE';
while (1) {
  accept(my $connection, $listener) or next;
  syswrite $connection, "$name\n";
  close $connection;
}
