"""registry_test.py - a task's image comes from a registry that wants a login."""
import crypt
import os

from node_case import NodeCase

USER, PASSWORD = "me", "pw-of-the-registry"


class RegistryLogin(NodeCase):
    @classmethod
    def prepare(cls, stage):
        users = stage.path("users")
        with open(users, "w", encoding="ascii") as file:
            file.write(f"{USER}:{crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))}\n")
        os.environ["REGISTRY_AUTH_HTPASSWD_REALM"] = "test"
        os.environ["REGISTRY_AUTH_HTPASSWD_PATH"] = users
        push = stage.push
        stage.push = lambda *names, options=(): push(*names, options=[*options, "--login",
                                                                      f"{USER}:{PASSWORD}"])
        stage.settings["ECS_ENGINE_AUTH_TYPE"] = "docker"
        stage.settings["ECS_ENGINE_AUTH_DATA"] = (
            f'{{"127.0.0.1:{stage.registry_port}":{{"username":"{USER}","password":"{PASSWORD}"}}}}')

    def test_a_task_runs_with_the_configured_login_which_is_told_nowhere(self):
        self.register("web", [{"name": "main"}])
        task = self.run_task("web")
        self.wait_status(task, "RUNNING")
        self.stop(task)

        file = self.stage.path("run/registry-logins.json")
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        with open(self.stage.path("berthd.log"), encoding="utf-8") as log:
            self.assertNotIn(PASSWORD, log.read())

        self.stage.settings.pop("ECS_ENGINE_AUTH_DATA")
        self.stage.stop_berthd()
        self.stage.start_berthd()
        self.assertFalse(os.path.exists(file))
