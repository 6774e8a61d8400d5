// Pipelines, secrets, releases, security, dependencies and what is paid for. See Sayings.ts.

export const delivery = `
workflow = pipeline, ci, automation, yml
workflow run = build, ci run, ci build, pipeline run, nightly run, nightly build, deploy run
workflow runs list = past builds, recent builds, last builds, builds lately, ci history, latest runs, recent runs
rerun workflow failed jobs = retry what failed, run only the broken, just the failed, only the failed, rerun ..
  failed, redo .. failed jobs
rerun workflow = whole run again, redo .. completely, every job of it, from scratch
job logs = why did .. fail, why .. fail, why .. broke, why .. red, what went wrong, output of .. job, output of ..
  build, console output, its output
logs = output, printed, console
artifacts = build outputs, build output, built files, stored files of a run, files .. run produced, leave behind,
  left behind, coverage report, test report, build result, what .. run produced, stored by .. build
pending deployments = waiting for someone, waiting for approval, waiting for .. ok, need .. go ahead, awaiting
  approval, held back
timing usage billable = how many minutes, how long did .. run take, minutes used, billed minutes, how long .. run,
  ci minutes
cache = stored dependencies, cached
cache usage = cache storage, how big .. cache, much cache, cache space, space do .. caches, size of .. caches
runner = build machine, ci machine, build agent, self hosted machine, worker machine, machine that runs jobs
registration token runner = register .. runner, set up .. runner, hook up .. runner, connect .. runner, join ..
  runner
secret = password, api key, credential, confidential value, hidden value, encrypted value, encrypted, passphrase
secrets = passwords, confidential values, names of the secrets, hidden values
environment secret = password .. production, password .. staging, secret .. production, secret .. staging, only ..
  deploying, only production, secret .. environment
variable = setting, config value, configuration value, plain value, env var, value of .. read, non secret
public key = encrypt before, encrypting .. secret, key to encrypt, key for encrypting, needed to encrypt, encrypt a
  secret
allowed actions = which actions may, only allow actions, allow actions, third party actions, marketplace actions,
  verified creators, actions made by
permissions = what is allowed, who may, rights, what may
environment = stage, staging, production
deployment = rollout, deploy, release to production, roll out, rolled out, shipped to
deployment status = did .. deploy succeed, did the rollout, how did .. deploy, tell .. deployment went, report ..
  deployment, deploy succeeded, deploy failed
webhook = callback, call my url, notify my server, http callback, hook
webhook deliveries = callbacks sent, what was sent to, sent to my hook, hook calls, recent callbacks, payloads sent
webhook ping = send a test, try .. hook, test .. hook, check .. hook works
release = published version, version, ship, publish .. version
create release = publish version, publish a version, publish .. release, ship version, cut a release, put out a
  release, new version out, release version
latest release = newest version, newest release, latest version, current version, most recent release, most recent
  version
release assets = downloads of .. release, files of .. release, binaries, attached files, installers
generate release notes = write .. changelog, draft .. changelog, changelog, what is new text, release notes for me
release by tag = published under the tag, release of tag, under the tag, for tag, behind the tag
pages site = project website, website of .. repo, our site, docs site, static site, documentation website, homepage
pages build = rebuild .. site, rebuild .. website, publish .. site again, site build
health check pages = dns, domain of our site, custom domain
invitations = pending invites, invited, who has been invited, not yet accepted, not accepted yet, open invites, open
  invitations, has not joined yet
create invitation = ask .. to join, bring .. into .. organization, invite
accept invitation = say yes to .. invit, join .. was invited to, take up .. invitation
decline invitation = turn down .. invit, say no to .. invit, refuse .. invit
outside collaborators = people outside, outsiders, not members, externals, freelancers, contractors, non members
public membership = publicly show, show publicly, hide from others, hide .. that i am, hide that i, show that i,
  show the world, visible to others, publicly visible member, hide my membership, keep it private that
membership role admin = make .. an admin, make .. owner, promote, make .. a maintainer, demote, change .. role
organizations authenticated user = orgs am i in, which organizations am i, my organizations, orgs i am in,
  organizations i belong
organization = company, business, org
team = squad, crew, group of people
teams authenticated user = teams am i in, my teams, which teams do i, teams i belong
team repositories = what can .. team access, repos .. team, team .. push to
child teams = teams below, sub teams, nested teams, teams under
security managers = who looks after security, in charge of security
audit log = who did what, trail of changes
gist = snippet, paste, pastebin, code snippet
create gist = put .. snippet online, share .. snippet, put this code, post .. snippet, share a piece of code, save
  .. snippet, publish .. snippet
gist commits = older versions, earlier versions, history of .. gist, look before, previous versions
repository = codebase, project, repo, code base
create repository = make a repo, new repo, start .. project project, make .. repo
create repository organization = repo in .. org, repo for .. org, repo in our org, repo in .. company
update repository = make .. public, make .. private, change .. description, set .. description, make .. repo
  private, archive .. repo, change .. default branch, rename .. repo, rename .. repository, merge settings
create repository using template = from a template, based on template, from .. template, based on our skeleton, out
  of .. template, from our starter
repositories user = what has .. published, own repos, repos does .. own, repos .. has made, public repositories
  does, projects does .. have
repositories authenticated user = my repos, my own repos, repos do i have, repos i own, everything i own
search users = look for developers, find people, find developers, people who write, developers in, people in .. who,
  look for people
search repositories = find projects, popular projects, find libraries, find a library, look for projects, popular
  repos, find repos, most starred
search code = where is .. used, find .. in code, find a function, files containing, which files mention, grep, code
  that calls, who calls
search commits = which changes mention, commits mentioning, in their git message, commit message, changes that
  mention, commits about
search issues pull requests = issues mentioning, find issues, find tickets, find prs, tickets about, issues about,
  prs about, bugs about, find open issues, find open bugs
search topics = find subjects, find topics
code scanning alerts = security bugs, codeql find, static analysis, flaws in .. code, what did codeql, security
  problems in .. code, codeql result, codeql finding, codeql findings, vulnerabilities in our code
default setup code scanning = turn on codeql, standard settings, codeql with default, switch on codeql, default
  configuration
secret scanning alerts = leaked, leaked passwords, leaked keys, leaked token, exposed token, exposed credentials,
  leaked credential, committed password, passwords in .. code, spilled
secret scanning locations = where .. leaked, in which files .. leaked, where .. exposed, files .. leaked, in which
  files was
secret scanning alert update = leaked .. resolved, mark .. resolved, leak .. resolved
dependabot alerts = vulnerable dependencies, insecure dependencies, vulnerable libraries, insecure packages,
  insecure libraries, outdated and insecure, risky dependencies, dangerous dependencies, holes in our dependencies,
  security holes in .. dependencies
dependabot alert update = ignore dependabot, dismiss dependabot, close dependabot, ignore .. dependabot
dependabot security updates = fix .. automatically, automatic security fixes, automatic fixes
advisories global = publicly known vulnerabilities, known vulnerabilities, cve, cves, known holes, known security
  problems, public database of vulnerabilities
security advisory = security report, disclosure, vulnerability report
private vulnerability reporting = report .. privately, report .. in confidence, tell us about .. holes privately,
  confidential report
dependency graph sbom = bill of materials, list of all dependencies, what libraries do we use, libraries do we use,
  everything we depend on, software inventory
dependency diff = dependencies changed, which dependencies changed, libraries changed between, new dependencies
  between
attestations = provenance, proof of build, where .. was built, signed proof
codespace = dev machine, cloud machine, cloud dev, dev environment, development environment, cloud editor
codespace machines = sizes of machine, machine types, machine sizes, bigger machine, how many cores, hardware
devcontainers = container configuration, dev container
copilot seats = who uses copilot, who has copilot, copilot users, copilot licences, copilot licenses, give ..
  copilot, copilot for
copilot usage metrics = how much .. copilot, copilot adoption, suggestions accepted
billing usage = spend, cost, how much do we pay, bill, money, expenses, charges, invoice
packages = published libraries, container images, docker images, published images
package versions = tags of .. image, versions of .. image, versions of .. package
emails = mail addresses, email address, mail address
primary email visibility = hide .. email, hide .. mail, show .. email, keep .. email private, mail address .. public
ssh keys = log in with, machine key, log in to my .. account
deploy key = read only key, key for .. server, server key, access key for one repo
gpg keys = signing key, verify signature, keys that sign
social accounts = twitter, mastodon, linkedin, links on my profile
profile = about me, bio, tell me about .. user, information about .. user
authenticated user = who am i, my account, my profile, logged in as, my own profile
update authenticated user = change my bio, change my name, edit my profile, set my location, update my bio, my
  display name
context user hovercard = hover card, popup about .. user
events = what happened, public activity, feed, what is going on, stream
markdown = formatted text, md, render text, turn .. into html
gitignore template = ignore file, files git should ignore
code of conduct = behaviour rules, rules of behaviour, rules of conduct
emojis = list of smileys, which emoji exist
meta = ip addresses, ip ranges, addresses to allow, firewall
versions = api versions
rulesets = rules apply, which rules, repo rules, rule sets, policy rules
rule suites = which pushes broke, rule evaluations, pushes were blocked, rule checks
custom properties = own fields of repos, extra fields, custom fields of repositories, metadata of repos
autolinks = turn .. references into links, link ticket numbers, jira links, external ticket, shortcut links
interaction limits restrictions = who may comment, only .. may comment, cool down, stop strangers, limit .. to
  contributors, calm down, strangers from commenting, newcomers from commenting
migration = export everything, move away, takeout, export all, export my, back up my repos
import = bring .. from another, move .. from svn, from another host
app installation = installed app, where is .. app installed, apps are installed, which apps, installed apps, apps
  have access
installation access token = token for .. app, act as .. app, token as app
marketplace plan = paid plan, plans do we offer, plan is .. on, price plan
suspend = pause .. access, block .. app, put .. on hold
classroom = course, class, school, pupils
assignment = homework, exercise
grades = marks of students, student results, scores
project items = cards, board, on the board, kanban
draft item = note on the board, card without an issue
campaign = effort to fix, security drive
network configuration = private network, vnet
hosted runner = machine from github, rented machine
discussion = forum
discussions = talks, forum posts
sort = order by, newest first
`
