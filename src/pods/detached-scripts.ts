/**
 * What runs in the container for a detached command: POSIX sh (dash, busybox ash, bash) with mkdir, mv, cat, tail, sleep, rm and
 * Linux' /proc; setsid where there is one. No text is put together: what they need comes as arguments.
 *
 * A command's directory holds `lock` (made by whoever begins it, so that it begins once), `pid` (the supervisor's number, its process
 * group and when it began, so that another process of the same number is not taken for it), `stdout`, `stderr`, and at the end `exit`.
 */

/** With what {@link FOLLOW} ends. Others than these are its own failure. */
export const FOLLOWED = {
  /** The command has ended, and everything that it printed was read. */
  ended: 0,
  /** It is time to follow anew: a follower whose reader has gone does not stay for ever. */
  again: 75,
  /** The supervisor has ended without an exit code. */
  lost: 96,
  /** The directory is not there. */
  gone: 97,
  /** Nothing can be written into it. */
  unwritable: 98,
} as const;

/** With what {@link STOP} ends; 0: the command does not run (any more), and its directory is gone. */
export const NOT_STOPPED = 95;

/** Programs that the scripts of a detached command run; all else is built into shells. */
const PROGRAMS = ['sh', 'mkdir', 'mv', 'cat', 'tail', 'sleep', 'rm'];

/** What a detached command needs to find in its container. */
export const NEEDED: readonly string[] = [...PROGRAMS, '/proc'];

/** With what {@link PLACE} ends where it made no directory. */
export const NOT_PLACED = {
  /** Some of {@link NEEDED} is not there: it is printed, with blanks between. */
  lacking: 94,
  unwritable: FOLLOWED.unwritable,
} as const;

/**
 * Makes the directory, and prints its path. Nothing has begun before: it looks for what is needed until the command's end. An empty one was
 * made by a try whose answer was lost, and is taken. Arguments: the start of its name.
 */
export const PLACE = `umask 077
lacking=
for program in ${PROGRAMS.join(' ')}; do
  command -v "$program" >/dev/null 2>&1 || lacking="$lacking $program"
done
[ -r "/proc/$$/stat" ] || lacking="$lacking /proc"
[ -z "$lacking" ] || { echo "$lacking"; exit ${NOT_PLACED.lacking}; }
base=\${TMPDIR:-/tmp}
[ -d "$base" ] && [ -w "$base" ] || { echo "$base is no directory that can be written" >&2; exit ${NOT_PLACED.unwritable}; }
n=0
until { rmdir "$base/$1.$n"; mkdir "$base/$1.$n"; } 2>/dev/null; do
  n=$((n + 1))
  [ "$n" -lt 20 ] || { mkdir "$base/$1.$n" >&2 || exit ${NOT_PLACED.unwritable}; break; }
done
echo "$base/$1.$n"`;

/** Removes what {@link PLACE} has made when nobody has learnt of that. Arguments: the start of its name. */
export const UNPLACE = `rmdir "\${TMPDIR:-/tmp}/$1".* 2>/dev/null
true`;

/** Whether the supervisor runs; until its \`pid\` is there it may be about to. */
const ALIVE = `alive() {
  { read -r pid group start <"$dir/pid"; } 2>/dev/null || { [ "$turns" -lt 40 ]; return; }
  { read -r line <"/proc/$pid/stat"; } 2>/dev/null || return 1
  set -- \${line##*) }
  [ "$1" != Z ] && [ "\${20}" = "$start" ]
}
pause() {
  if [ "$turns" -lt 20 ]; then sleep 0.1; else sleep 0.5; fi 2>/dev/null || sleep 1
  turns=$((turns + 1))
}`;

/**
 * Begins the command unless it has begun, and prints its outputs from the given bytes on, until it has ended and all is read.
 * Arguments: the directory, {@link SUPERVISE}, the two offsets, the command. The open descriptors remember how far was read.
 */
export const FOLLOW = `dir=$1 supervise=$2 out=$3 err=$4 turns=0
shift 4
${ALIVE}
[ -d "$dir" ] || exit 97
true >>"$dir/stdout" && true >>"$dir/stderr" || exit 98
if mkdir "$dir/lock" 2>/dev/null; then
  if command -v setsid >/dev/null 2>&1; then set -- setsid sh -c "$supervise" kanister "$dir" 0 "$@"
  else set -- sh -c "$supervise" kanister "$dir" "$$" "$@"; fi
  "$@" </dev/null >>"$dir/stdout" 2>>"$dir/stderr" &
fi
[ -d "$dir/lock" ] || exit 98
exec 3<"$dir/stdout" 4<"$dir/stderr"
[ "$out" = 0 ] || tail -c "+$((out + 1))" <&3 || exit 74
[ "$err" = 0 ] || tail -c "+$((err + 1))" <&4 >&2 || exit 74
while [ "$turns" -lt 400 ]; do
  [ -d "$dir" ] || exit 97
  end=
  if [ -f "$dir/exit" ]; then end=0
  elif ! alive; then end=96; [ ! -f "$dir/exit" ] || end=0; fi
  cat <&3 && cat <&4 >&2 || exit 74
  [ -z "$end" ] || exit "$end"
  pause
done
exit 75`;

/**
 * Runs the command, out of reach of what ends the exec. Arguments: the directory, the number of the process that leads the group where
 * it has none of its own, the command. The command is run in a subshell by \`exec\`: the shell's builtins are not meant. TERM goes to the
 * whole group; the supervisor outlives it to write down how the command ended.
 */
export const SUPERVISE = `trap '' HUP
trap : TERM
dir=$1 leader=$2 group=0 start=0
shift 2
own() { set -- \${line##*) }; group=$3 start=\${20}; }
{ read -r line <"/proc/$$/stat"; } && own
[ "$group" = "$$" ] || [ "$group" = "$leader" ] || group=0
echo "$$ $group $start" >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid" || exit 1
(exec "$@")
echo "$?" >"$dir/exit.new" && mv "$dir/exit.new" "$dir/exit"`;

/** Prints the exit code. Arguments: the directory. */
export const COLLECT = 'cat "$1/exit"';

/**
 * Ends the command's process group and removes the directory. One that has not begun never will: the lock is taken. Arguments: the
 * directory.
 */
export const STOP = `dir=$1 turns=0 group=0
${ALIVE}
[ -d "$dir" ] || exit 0
if ! mkdir "$dir/lock" 2>/dev/null; then
  until [ -f "$dir/pid" ] || [ "$turns" -ge 20 ]; do pause; done
  turns=40
  if [ ! -f "$dir/exit" ] && alive; then
    [ "$group" != 0 ] || exit 95
    kill -TERM "-$group"
    turns=20
    while [ ! -f "$dir/exit" ] && alive; do
      [ "$turns" -lt 34 ] || kill -KILL "-$group"
      [ "$turns" -lt 40 ] || exit 95
      pause
    done
    kill -KILL "-$group" 2>/dev/null
  fi
fi
rm -rf "$dir"`;
