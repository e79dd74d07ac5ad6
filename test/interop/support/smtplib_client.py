"""Python's smtplib, told what to do by a JSON object on standard input; says on standard output what it learnt."""

import json
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY

task = json.load(sys.stdin)
context = ssl.create_default_context(cafile=task["ca"]) if task.get("ca") else None
options = {"local_hostname": "laptop", "timeout": 10}
if task.get("class") == "SMTP_SSL":
    options["context"] = context
client = getattr(smtplib, task.get("class", "SMTP"))("127.0.0.1", task["port"], **options)
learnt = {}
try:
    if task.get("starttls"):
        client.starttls(context=context)
    client.ehlo_or_helo_if_needed()
    learnt["extensions"] = sorted(client.esmtp_features)
    mechanism = task.get("mechanism")
    if mechanism:
        # login() tries every mechanism that both sides know; here it may have only one.
        client.user, client.password = task["user"], task["password"]
        name = "auth_" + mechanism.lower().replace("-", "_")
        client.auth(mechanism, getattr(client, name), initial_response_ok=task.get("initial", True))
    elif task.get("user"):
        client.login(task["user"], task["password"])
    if task.get("text") is not None:
        refused = client.sendmail(task["from"], task["to"], task["text"].encode(), task.get("options", []), task.get("rcpt_options", []))
        learnt["refused"] = {address: reply[0] for address, reply in refused.items()}
    if task.get("message"):
        message = EmailMessage(SMTP_POLICY)
        for name, value in task["message"]["fields"].items():
            message[name] = value
        message.set_content(task["message"]["body"])
        client.send_message(message)
    for verb in task.get("verbs", []):
        learnt[verb] = getattr(client, verb)(*task["verbs"][verb])[0]
    client.quit()
except smtplib.SMTPResponseException as error:
    learnt["error"] = [type(error).__name__, error.smtp_code, error.smtp_error.decode()]
except smtplib.SMTPRecipientsRefused as error:
    learnt["error"] = [type(error).__name__, {address: reply[0] for address, reply in error.recipients.items()}]
json.dump(learnt, sys.stdout)
