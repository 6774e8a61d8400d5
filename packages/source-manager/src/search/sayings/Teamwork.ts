// Who belongs where and may do what; applications, hooks and limits. See Sayings.ts.

export const teamwork = `
collaborators list = who .. write|push|read|admin access|rights|permission
update branch pull = behind main|master|base, bring it up to date, is behind, out of date
punch card commit stats = at what hours|time, what hours|time .. commit, which hour|weekday
code frequency stats = lines .. added|removed|deleted|written, lines of code
rerequest = run .. check|checks|suite .. again, again .. check|suite, repeat .. check|suite
stargazers list = who gave|left|put .. star, people|users .. starred
unblock user = let .. contact|write|talk|message .. again
rollout undo = roll .. back, rolled back, previous version of .. deployment
review protection update = require .. approvals|approval|reviews|review, need .. approvals|reviews
status create check = report .. result|results|test|tests, post .. status|result
delete invitation = withdraw|cancel|revoke|delete|take .. invite|invitation
create pull request = ^open|create|make|start|file .. pull|pr|prs
dismiss review = throw|take .. approval|review
get commit = what commit .. changed, what did commit, what .. commit .. do
deploy key create = key .. server|machine .. access, access via .. key
release assets list = files hang|hanging|belong|come .. release, files .. release
reply review comment = answer|reply|respond .. reviewer|review
authenticated user organizations list = what|which orgs|organizations|organisations|companies am|do i
organizations user list = which|what orgs|organizations|organisations|companies is|does
insert = add|put|save|store .. to|into|in .. collection|table
find search files = find|search .. under|below|in .. folder|documents|directory|disk
add membership team = put|add|bring|move|let .. into|in|to|join|onto .. team|squad|group
remove membership team = drop|remove|take|kick|throw|pull .. from|off|out .. team|squad|group
remove member organization = drop|remove|take|kick|throw|pull .. from|off|out ..
  org|organization|company|organisation
remove collaborator repository = drop|remove|take|kick|throw|pull|lock .. from|off|out .. repo|repository|codebase
add collaborator repository = let .. push|commit|contribute|write
invitation create organization = let|bring|ask|get .. join|into .. org|organization|company by|per mail|email, ask
  .. to join .. org|organization|company, invite .. to .. org|organization|company
team permissions repository add = let|give .. team .. push|write|access|read, team .. push|write access
list team repositories = repos|repositories .. team, team .. repos|repositories
create team = new|create|make|form|found .. team|squad
create label = new|create|make|define|introduce .. label
create or update file contents = change|edit|update|fix|correct|rewrite .. readme|file|changelog in|of|on ..
  repo|repository|branch|main, change|edit|update|fix|correct .. readme
list commits path = who .. last changed|touched|edited .. file, who changed|touched|edited .. file, history of ..
  file, when .. file .. change
outside collaborators = works with us, not .. org member, not .. member of .. org
contributors = committers, top committers, top authors, most active developers
interaction restrictions set = limit|restrict .. comments|commenting|comment .. to|for, only .. may|can comment,
  comments .. to existing users, keep new users from, slow down .. comments
lock issue = nobody .. comment|reply .. more, no one .. comment|reply, stop .. comments on, end the debate
blocked by dependency add = can not begin|start|go until|before, cannot begin|start|go .. until|before, must wait
  for, has to wait for
create pages site = publish .. as a website|site, publish .. docs|folder|documentation .. website|site|page, make ..
  website out of, turn .. into a website|site|page
merge upstream fork = pull .. original into, changes of the original, from the original repo, original .. into my
  fork
search code = where .. string|word|function|symbol|constant|class ..
  occur|occurs|used|called|appear|appears|defined, places where, every place in our code, in our
  code|source|sources, in the code
webhook deliveries list = why .. webhook|hook .. not arrive|come|reach, last attempts, webhook|hook ..
  arrive|reach|reached|arrived
meta = ips, which ips, ip
list environments = which environments, what environments, environments .. exist, stages .. deploy, what .. stages
create deployment status = tell .. deploy|deployment|rollout .. succeeded|failed|done|finished|worked, mark ..
  deploy|deployment|rollout .. succeeded|failed|done|finished
update release = edit|change|fix|reword|rewrite .. text|notes|title|description of .. release|version
delete release = take|pull .. release|version .. offline|down|back, withdraw .. release, unpublish .. release
update code scanning alert = mark .. code scanning .. as, close|dismiss|ignore .. code scanning,
  close|dismiss|ignore .. codeql
update secret scanning alert = close|dismiss|resolve|ignore .. secret alert, close|dismiss|resolve|ignore ..
  leak|leaked
update dependabot alert = close|dismiss|resolve|ignore .. dependabot|dependency alert|warning
remove requested reviewers = not need to review, not have to review, need not review, off the reviewers|review
selected repositories secret = which repositories|repos .. secret|password, repos|repositories .. read|use|see ..
  secret
delete self hosted runner = remove|delete|retire|drop .. build machine|server, remove|delete|retire|drop .. own
  machine|runner
post message = ^say .. in|to|on, ^tell .. in|on channel|slack, ^let .. know in
channel history = what was said in, who said what in, what .. said in
delete branch reference = delete|remove|drop|kill .. branch
create branch reference = create|make|start|open|cut .. branch
list members team = who|people .. in|on .. team|squad|group
organization members list = who|people .. in|belongs .. org|organization|company, who works for
check collaborator = ^is .. collaborator|allowed to push|write, ^can .. push|write, ^does .. have access
check membership organization = ^is .. member|in|part .. org|organization|company
membership team get = ^is .. member|in|part|on .. team|squad
get content file = ^read|print .. on|from|in|of .. branch|repo|repository|github|main, what does .. say on|in ..
  main|branch|repo, what is in .. on main
list pull requests = which|what|open|all prs|requests|pulls, prs are open, open prs
update pull request = change|edit|fix|reword|close|reopen .. pr|pull
update issue = change|edit|fix|reword|close|reopen|solve|resolve .. issue|ticket|bug
update issue milestone = put|move|plan .. issue|ticket .. milestone|sprint
create review approve pull request = approve|accept .. pr|pull, request changes
starred repositories authenticated user = which|what repos|repositories|projects .. i starred|star|bookmarked, i
  have starred, have i starred
followers user = who follows, who .. following
followed user = whom|who does .. follow, people .. follows
check = ^is it true, ^does it, ^does the, ^is there a, ^are there any, ^is this, ^is that, ^am i allowed
check membership = a member of, belong to, part of the, in the organization, member of our
check collaborator = allowed to push, have access to, has access to, a collaborator on, collaborator of
check followed = ^am i following, ^do i follow, already follow
check starred = ^have i starred, ^did i star, already starred, already bookmarked
check blocked = ^have i blocked, ^did i block, already blocked
check assigned = be assigned to, can .. be assigned, may .. be given
check vulnerability alerts enabled = are .. alerts on, warned about, are we warned
list repositories organization = everything our org hosts, all our repos, org s repos, repos of the org, repos in
  our org, our company s repos, codebases does our
list public = in the open, newest public, anybody s, everyone s
list users = everyone who signed up, accounts exist, all accounts, sign up order
user username = someone s profile, profile of, look up the user, info on user, details of user, facts about user,
  bio of, when did .. join, company does .. work
authenticated user = account does .. token, which account, whose token, is this token, token belong, i logged in as,
  am i logged in
member remove organization = throw .. out of our company, throw .. out of the company, throw out of the
  organization, fire, leaves the company, left the company, leaver, kick .. out of the org, kick .. from the org,
  kick .. out of our org, no longer works for us
remove membership team = take .. off the team, kick .. from the team, kick .. out of the team, leave the team, take
  .. out of the team, drop .. from the team
add membership team = put .. on the team, put .. in the team, bring .. onto the team, let .. join the team, add ..
  to the team, move .. into the team
remove collaborator = kick .. out of our repository, kick .. from the repo, take away access, take away .. access,
  stop .. pushing, lose access to the repo, no longer push, take .. off the repo, out of the repository, can no
  longer get at
add collaborator = let .. push, let .. work on, give .. access to, give .. write access, invite .. to the repo,
  share .. repo with, share .. repository with, allow .. to push, give .. read access, let .. into the repo, let ..
  contribute
add team repository = give .. team access, let .. team push, let .. team write, team access to, give the team
convert member outside collaborator = make .. an outsider, turn .. into an outside, demote .. outside, no longer
  full member
set membership organization = bring .. into .. org, add .. to the org, add .. to our org, make .. an org, promote ..
  owner, give .. owner rights, let .. join our org, let .. into the org
invitation = ask .. to join, invite by email, invite .. by mail, mail an invite
failed invitations = invites did not work, invites that failed, bounced invites, invites that went wrong
invitation teams = which teams will the invited, teams .. invitation
cancel invitation = take back .. invite, withdraw .. invite, take back .. invitation, withdraw .. invitation,
  uninvite, no longer invited
roles organization = which roles, kinds of roles, what roles, custom roles, role can i hand
assign role = give .. role, grant .. role, hand .. role, put .. role on
remove role = take .. role away, strip .. role, lose .. role, revoke .. role
two factor members = without 2fa, 2fa, two step, second factor
fine grained personal access tokens = people s tokens, whose tokens, tokens people made, personal tokens, pats, pat
review personal access token requests = ask for token access, token request, asked for a token
app installations organization = third party integrations, integrations does our company, integrations do we use,
  apps does our org, tools connected
app = integration, bot
installation token = act on a customer, act on its installation, act as the installation, credentials with which my
  integration, token for .. installation, token with which my app
installation delete = uninstall .. app, remove .. app from
installation repositories = which repos can .. app, repos may .. app, app can see, app may touch, app can reach
suspend installation = pause .. app, stop .. app for now, freeze .. app, put .. installation on hold
unsuspend installation = let .. app work again, lift .. suspension, wake .. app
webhook configuration app = where does .. send events, url does .. send events, which url .. events for our,
  callback address, target url
update webhook configuration = new callback address, change .. callback, change .. hook url, point .. hook, another
  url
api insights route stats = requests did .. make, calls did .. make, by endpoint, endpoint usage, api traffic, who
  calls the api
marketplace accounts plan = who pays for, who bought, customers of .. plan, who purchased
subscription plan account = what plan is, which plan does, plan of the customer
root api = entry point, endpoints exist, which urls .. api, start page of the api
zen = wise saying, proverb, wisdom, motto
octocat = ascii art, mascot
meta addresses = ip addresses does, ip range, ips, addresses from which, whitelist, allowlist for firewall
rate limit = how often may i, quota of api, calls do i have left, requests do i have left, am i throttled
gitignore templates = ignore patterns, ready made ignore, ignore rules for
licenses commonly used = licences to choose, open source licences, common licences, licences does .. know, pick a
  licence
license repository = licence does .. have, under which licence, which licence, licensed under
codes of conduct = conduct texts, behaviour texts
labels repository = labels exist, labels can we use, tags can we put, which tags, labels does .. offer, labels are
  defined, set of labels
create label = new label, new tag for issues, another label, introduce .. label, make .. label
`
