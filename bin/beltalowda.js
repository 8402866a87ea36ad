#!/usr/bin/env node
// Launcher in the plainest JavaScript, so that even an old Node can read it and say what is missing, or hand over to
// the newer Node that this package brings along in a checkout. Everything else happens in dist/main.js.
import childProcess from 'child_process';
import fs from 'fs';
import nodeModule from 'module';
import path from 'path';
import url from 'url';

var FLOOR = [22, 19, 0];
// import.meta.url has symbolic links resolved, so an `npm link` or a link in ~/bin finds the package all the same.
var packageFolder = path.dirname(path.dirname(url.fileURLToPath(import.meta.url)));

if (isNewEnough(process.versions.node)) start();
else handOver();

function isNewEnough(version) {
  var parts = version.split('.').map(Number);
  for (var i = 0; i < FLOOR.length; i += 1) {
    if (parts[i] !== FLOOR[i]) return parts[i] > FLOOR[i];
  }
  return true;
}

function start() {
  var main = path.join(packageFolder, 'dist', 'main.js');
  if (!fs.existsSync(main)) {
    fail('beltalowda is not built yet: run `npm run build` in ' + packageFolder + ' and try again.');
    return;
  }
  nodeModule.enableCompileCache();
  import(url.pathToFileURL(main).href)
    .then(function (loaded) {
      return loaded.main();
    })
    .catch(function (error) {
      fail('beltalowda could not start: ' + (error && error.stack ? error.stack : error));
    });
}

function handOver() {
  var node = bundledNode();
  if (node === null) {
    fail(
      'beltalowda needs Node.js ' +
        FLOOR.slice(0, 2).join('.') +
        ' or newer; this is ' +
        process.version +
        '. Install a current Node.js from https://nodejs.org and run the same command again.',
    );
    return;
  }
  var child;
  // Before there is a child: it may be asked to end in the moment it begins, and would be left behind without us.
  // A Ctrl-C in a terminal reaches the child by itself too; it takes signals that come together as one.
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  signals.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal);
    });
  });
  child = childProcess.spawn(node, process.execArgv.concat(process.argv.slice(1)), { stdio: 'inherit' });
  child.on('error', function (error) {
    fail('beltalowda could not run ' + node + ': ' + error.message + '. Run `npm ci` again in ' + packageFolder + '.');
  });
  child.on('exit', function (code, signal) {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    // Die of the same signal, so that whoever started us sees what really happened.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** The Node of the `node` development dependency, or null where it is not installed or too old as well. */
function bundledNode() {
  var candidates = [
    path.join(packageFolder, 'node_modules', 'node', 'bin', 'node'),
    path.join(packageFolder, 'node_modules', 'node', 'bin', 'node.exe'),
    path.join(packageFolder, 'node_modules', '.bin', 'node'),
  ];
  for (var i = 0; i < candidates.length; i += 1) {
    if (!fs.existsSync(candidates[i])) continue;
    var asked = childProcess.spawnSync(candidates[i], ['--version'], { encoding: 'utf8' });
    if (asked.status === 0 && isNewEnough(asked.stdout.trim().slice(1))) return candidates[i];
  }
  return null;
}

function fail(line) {
  process.stderr.write(line + '\n');
  process.exitCode = 1;
}
