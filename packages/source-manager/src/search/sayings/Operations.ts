// Environments, runs, machines, alerts, packages, boards and accounts, with their verbs. See Sayings.ts.

export const operations = `
environments = stages exist, which environments, which stages, stages like, stages does, places can we deploy,
  deployment environments
create or update environment = new stage, add a stage, set up a stage, new environment, protect .. environment, wait
  timer
delete environment = get rid of .. stage, remove .. environment, drop .. staging environment
deployments = rollouts, what did we deploy, what was deployed, what is deployed, past rollouts, where is .. deployed
create deployment = roll .. out, roll out, ship .. to production, ship .. to staging, release .. to staging, put ..
  into production, put .. live
create deployment status = tell .. rollout succeeded, tell .. rollout failed, report .. rollout, mark .. deployment
  as, rollout .. succeeded, say that .. deploy
delete deployment = forget .. rolled out, forget .. rollout, remove .. rollout record, forget .. deployment
deployment branch policies = which branches may deploy, branches can be deployed, branches allowed to deploy, may be
  deployed from, deploy from which
deployment protection rules = gates before, gate .. deploy, rules before deploying, conditions for deploying
review pending deployments = let .. deploy go ahead, approve .. deploy, let the run deploy, say ok to .. deploy,
  allow .. deployment, release the waiting
approve workflow run = let .. run from fork, approve .. ci run, first time contributor s run, let .. ci of ..
  newcomer, allow .. fork to run
cancel workflow run = stop .. build, stop .. ci, kill .. build, abort .. build, stop .. pipeline, abort .. run, stop
  the run, kill .. ci
force cancel workflow run = will not stop, does not stop, hangs, stuck, hanging, refuses to stop, does not react
rerun job = just that job, only one job again, single job again, repeat .. job, rerun .. job, retry .. job
list jobs workflow run = which steps, jobs ran, jobs are in, which jobs, steps of the run, steps did
get workflow run = how did run, what happened in run, is run .. done, outcome of .. run, status of .. run, did ..
  build pass, state of .. build
list workflow runs repository = all runs in, what did ci do, latest builds, ci runs, builds in .. repo, recent ci
list workflow runs workflow = runs of, of just the, of one workflow, of the deploy pipeline, builds of the
workflow run attempt = first try, second try, earlier attempt, previous attempt, first attempt
delete workflow run = forget .. run, throw away .. run, remove .. build from history, delete .. run
delete workflow run logs = throw away .. logs, wipe .. logs, clear .. logs, erase .. logs, logs of .. run .. gone
download workflow run logs = whole output of .. run, full log, logs of the whole run, all logs of, complete logs
download job logs = log of .. job, output of .. job, print .. job, what did .. job print
disable workflow = pause .. workflow, stop .. workflow from running, switch .. pipeline off, keep .. workflow from
enable workflow = let .. workflow run again, unpause .. workflow, switch .. pipeline on, resume .. workflow
repository workflows = which pipelines, pipelines does, which automations, pipelines are defined, automations does,
  ci files
delete artifact = remove .. build output, throw away .. build output, free up space, delete .. build result, remove
  .. built zip
delete cache = clear .. cache, wipe .. cache, throw away .. cache, empty .. cache, flush .. cache
retention artifact log = how long .. kept, how long are .. kept, keep .. days, days are logs, logs stay, kept for
self hosted runners = our own machines, own build machines, own runners, our runners, machines can our jobs
hosted runner images = operating systems, os images, which images .. runners, start from
machine specs hosted = how big can .. runner, runner sizes, cores do runners
runner group = set of machines, group of machines, pool
remove runner = unregister, retire .. machine, take .. machine out, decommission, remove .. build machine
add labels runner = tag .. runner, give .. runner .. label, label .. runner, mark .. runner, put .. label on ..
  runner, label on .. machine
workflow permissions default = what may the workflow token, token of workflows, read only token, default token
  rights, write by default
actions permissions = may actions run, are actions allowed, actions enabled, is ci allowed
secret organization repositories = which repos can use .. secret, repos see .. secret, who can read .. secret, repos
  may use .. secret
create or update secret = store .. password, save .. api key, put .. token in, set .. secret, change .. secret, new
  value for .. secret, rotate .. secret, safely store, store .. api key, save .. password, add a password
list secrets = which secrets, names of .. secrets, secrets exist, what secrets, passwords are stored, secrets do we
  have
delete secret = remove .. password, get rid of .. secret, throw away .. secret, forget .. password, drop .. api key
create variable = new variable, new setting, add .. setting, set .. for workflows, define .. variable, add .. config
  value
update variable = change the value, change .. value of, other value, new value for .. variable, set .. variable to
list variables = which variables, which settings do .. workflows, plain values
codespaces authenticated user = my dev machines, codespaces do i have, my codespaces, which dev machines
start codespace = wake .. codespace, boot .. codespace, continue on my codespace, resume .. codespace
stop codespace = shut .. codespace, sleep .. codespace, shut down .. codespace, pause .. codespace
create codespace = new dev machine, spin up .. dev, cloud machine to work, start a cloud, dev environment for,
  codespace for .. repo
update codespace = bigger codespace, change .. machine of .. codespace, upgrade .. codespace, more memory ..
  codespace
export codespace = save unpushed, unpushed work, unpushed changes
publish codespace = turn .. codespace into a repo, new repo from codespace
copilot seats add = give .. copilot, let .. use copilot, assign copilot, copilot licence for, buy copilot
copilot seats cancel = take .. copilot away, take away .. copilot, no more copilot, remove .. copilot, stop paying
  .. copilot
copilot content exclusion = copilot must not read, files copilot may not, keep copilot out, hide .. from copilot
copilot metrics = copilot numbers, copilot statistics, does copilot get used, copilot used
copilot space = knowledge space, context space
agent tasks = coding agent, what is the agent working on, agent jobs, tasks for the agent
code scanning default setup = turn .. code scanning on, switch code scanning on, set up code scanning, codeql for,
  codeql .. options, turn on .. scanning
code scanning alert update = mark .. false positive, close .. code alert, dismiss .. code scanning
code scanning analyses = past scans, scans of our code, when was .. scanned, scan results uploaded, previous scans
upload sarif = scanner results, results of a scanner, results of our scanner, hand in .. scan, send .. scan
autofix code scanning = let ai fix, suggested fix, automatic fix, propose a fix
alert instances = where does .. alert occur, places of .. alert, every place
dependabot alerts repository = dependencies .. known vulnerabilities, dependencies .. vulnerab, libraries ..
  vulnerab, libraries .. holes, packages .. vulnerab, insecure packages do we
dependabot alerts organization = insecure .. across every, vulnerable .. whole org, vulnerable .. across
enable automated security fixes = dependabot fix, let dependabot, automatic security updates, fix vulnerable ..
  automatically
enable vulnerability alerts = warn us about, warn me when, tell us when a dependency, alert us, warnings for ..
  dependencies
secret scanning push protection bypass = push anyway, push .. despite, let .. through push protection
scan history secret = when did .. last look for secrets, scans for secrets
security advisory create = draft an advisory, publish a vulnerability, disclose, announce a hole, announce ..
  vulnerability
cve request = cve number, cve id, ask for a cve
sbom export = list of everything we use, list of .. ingredients, spdx, cyclonedx
dependency snapshot = submit dependencies, report .. dependencies, tell .. dependencies
dependency diff = libraries does this pr add, libraries does .. pr, dependencies does .. pr, dependencies between,
  new libraries
ruleset create = new rules for, lay down rules, rules for all branches, set up rules
ruleset history = earlier versions of .. rules, who changed the rules
branch rules = rules apply to, which rules hold, rules on main, what applies to .. branch
custom property values = values of .. properties, extra fields of .. repos
interaction restrictions = limit who can, who can comment, let only .. contributors, let only .. comment, only
  collaborators can comment, comment for a day, temporarily, restrict comments
remove interaction restrictions = let everybody comment again, lift .. limits, comments from everybody again, anyone
  comment again
block user organization = ban .. from our org, ban .. from the company, keep .. out of our org
migration start organization = export the company, export our org, export of our, take our repos, move our repos
  away
migration status = how far is .. export, how far is the, is .. export done, export ready, progress of .. export
migration archive download = get .. exported, download .. export, fetch .. export
migration delete archive = throw away .. export, remove .. export file, delete .. export
unlock migrated repository = make .. writable again after, after .. export, unlock .. exported
import status = how far is .. import, progress of .. import
packages list = packages did, which packages, published packages, packages does, images did we publish, container
  images
delete package version = drop .. version of .. package, remove .. old image, remove version, delete .. image, remove
  .. version of
restore package = bring .. package back, bring back .. package, undelete .. package, get .. package back
project fields = what does each item, columns of .. board, columns does .. board, fields of .. board, what do cards
  track
project items = what is on our board, cards on, tickets on .. board, on our board, things on the board
add item project = put .. on the board, put issue .. on .. board, put .. on our board, add .. to the board, put ..
  on .. project
update item project = move .. card, move .. to done, move .. to in progress, change .. field of .. card, set ..
  status on the board
delete item project = take .. off the board, remove .. from the board
projects = boards, which boards, kanban boards, project boards
budget = spending limit, spending cap, spend at most, cap on costs
billing usage report = how much .. spend, what did we pay, did we spend, costs this month, how much .. cost, costs
  of, expenses this
cost center = cost centre, who is charged
gist list authenticated user = my snippets, my gists, snippets have i, gists do i have
gist public = snippets of everybody, newest gists, public snippets
gist user = snippets has, gists has, snippets of user, gists by
gist fork = own copy of .. gist, copy .. gist, copy .. snippet
gist update = change .. gist, edit .. gist, edit .. snippet, add a file to .. gist, rename .. in .. gist
gist comment create = say something under .. gist, remark on .. gist, comment on .. gist
gist star = bookmark .. gist, keep .. gist for later, bookmark .. snippet
gist unstar = no longer bookmark .. gist, remove .. bookmark, unbookmark
unstar = no longer like, take back .. star, take my star, remove my star, remove .. star, unfavourite
unfollow = stop following, no longer follow
followers user = fans of, who tracks
followed authenticated user = people i follow, whom do i follow, who do i follow, whom am i following, do i track
followers authenticated user = who tracks me, who follows me, who is following me, my followers, who tracks my
events public user = what has .. done lately, public doings of, doings, has .. been active
received events = what shows in my feed, my feed, in my timeline, on my dashboard
feeds = rss, atom
ssh key create = add .. ssh key, new laptop s key, register .. ssh, put .. ssh key, upload .. ssh
ssh key delete = lost .. laptop, stolen laptop, remove .. ssh, revoke .. ssh, old laptop s key, drop .. ssh
ssh keys user = keys of user, keys does .. use, someone s public keys
emails add = another email, second email, new mail address, add .. mail address
emails list = which addresses, my mail addresses, which email addresses, which mails, my email addresses
emails delete = drop .. email, drop .. mail address, remove .. mail address, old mail address
gpg key delete = remove .. gpg, remove .. pgp, pgp
social accounts add = link my twitter, link my mastodon, link to my linkedin, put my linkedin
classroom assignments = homework in, exercises in, tasks of the course
assignment grades = marks of, points did .. get, results of the students, how did students do, students score
accepted assignments = who handed in, who started the homework, students who took, which students
reactions delete = take back my thumbs, take back .. emoji, remove my thumbs, remove my heart, remove .. emoji,
  withdraw .. emoji, take back .. heart
reactions create = give .. thumbs up, put .. heart, react with, put a .. emoji, cheer for, thumbs up to, give ..
  heart, thumb up, like .. comment, react to
sub issues list = smaller tasks, parts of issue, what is .. split into, which subtasks, children of issue, split
  into
add sub issue = put .. under, make .. child of, make .. part of, hang .. under, make .. subtask, nest
remove sub issue = no longer part of .. issue, detach .. from parent, take .. out from under
sub issue reprioritize = order of .. subtasks, move .. subtask, subtask first
blocked by dependency add = cannot start before, can not begin until, depends on another, wait until issue
blocked by dependency remove = no longer wait for, need not wait, no longer blocks, no longer has to wait
dependencies blocking = cannot go on until, other tickets wait, which tickets wait, issues wait for, hold up others
lock issue = stop .. discussion, end .. discussion, nobody may reply, too heated, heated, stop people from
  commenting
assignees add = put .. on issue, put .. on the ticket, assign .. to, give .. the ticket, have .. take care, let ..
  take care, give issue .. to
assignees remove = take .. off the issue, take .. off issue, unassign, take .. off the ticket, no longer
  responsible, relieve
issue types = kinds of issue, kinds of ticket, types of tickets, sorts of issue
issue events = who closed, when was .. closed, who labelled
timeline = everything that happened to, whole story
hovercard = popup card
markdown render = turn .. into html, html from, what does .. look like rendered, convert .. to html, preview of
emoji list = all emojis, emojis can i use, which emojis
watching subscription set = watch .. repo, get mail about everything, notify me about, keep me posted, start
  watching, tell me about everything in
repository subscription delete = stop watching .. repo, no more news from .. repo, unwatch
repository notifications = notifications come from, news from the repo, unread .. from just, notifications of one
  repo
thread notification get = one notification, details of .. notification
`
