// Plain CommonJS without new syntax: it must run on whatever Node started the script.
'use strict';

var major = Number(process.versions.node.split('.')[0]);
if (!(major >= 24)) {
  process.stderr.write(
    'Node ' +
      process.versions.node +
      ' is too old: this project needs Node 24 or later; on Linux `npm ci` ' +
      'without --omit=optional brings one along, elsewhere install Node 24.\n',
  );
  process.exit(1);
}
