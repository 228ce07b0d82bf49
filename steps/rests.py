"""The automatic rest of each step, by the step's name: what a flow's task does."""

from collections.abc import Callable

from dossiers.dossier import Dossier
from dossiers.values import Step
from steps.office import Office
from steps.receive import settle_receive
from steps.return_ import settle_return
from steps.sign import settle_process, settle_sign
from steps.transfer import settle_transfer

SETTLE: dict[Step, Callable[[Office, str], Dossier]] = {
    Step.RECEIVE: settle_receive,
    Step.TRANSFER: settle_transfer,
    Step.PROCESS: settle_process,
    Step.SIGN: settle_sign,
    Step.RETURN: settle_return,
}
