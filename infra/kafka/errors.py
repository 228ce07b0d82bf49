"""
What kafka-python raises, as refusals of ours; nothing of it leaves this folder.

DossierError
├── UnavailableError        7   no answer, no leader, a time-out: try again later
│   └── RejectedError       7   wrong user or password, no right: a person must act
├── NotFoundError           3   a topic, group or id is not there: provision
├── ConflictError
│   └── FencedError         6   another producer of the same id took over
├── FaultError              1   a setting or a call that Kafka will never take
│   └── PoisonedError       1   a record the broker will never take: stop the line
└── TamperedError           5   what was acknowledged is gone
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors as kafka

from dossiers.errors import (
    ConflictError,
    DossierError,
    FaultError,
    NotFoundError,
    TamperedError,
    UnavailableError,
)


class FencedError(ConflictError):
    """Another producer of the same transactional id took over: leave at once."""

    retryable = False


class PoisonedError(FaultError):
    """The broker will never take this record: nothing is skipped, a person must see."""


class RejectedError(UnavailableError):
    """Kafka does not let us in: credentials, rights or trust are wrong."""

    retryable = False


_FENCED = (
    kafka.ProducerFencedError,
    kafka.InvalidProducerEpochError,
    kafka.TransactionCoordinatorFencedError,
    kafka.FencedInstanceIdError,
    kafka.FencedMemberEpochError,
)
_POISONED = (
    kafka.InvalidRecordError,
    kafka.CorruptRecordError,
    kafka.MessageSizeTooLargeError,
    kafka.RecordListTooLargeError,
    kafka.InvalidTimestampError,
    kafka.UnsupportedCompressionTypeError,
    kafka.UnsupportedForMessageFormatError,
    kafka.UnsupportedCodecError,
)
REJECTED = (
    kafka.AuthorizationError,
    kafka.SaslAuthenticationFailedError,
    kafka.UnsupportedSaslMechanismError,
    kafka.IllegalSaslStateError,
    kafka.SecurityDisabledError,
    kafka.UnacceptableCredentialError,
    kafka.PrincipalDeserializationFailureError,
    kafka.DelegationTokenExpiredError,
    kafka.DelegationTokenNotFoundError,
    kafka.DelegationTokenOwnerMismatchError,
    kafka.DelegationTokenAuthDisabledError,
    kafka.DelegationTokenRequestNotAllowedError,
)
_ABSENT = (
    kafka.UnknownTopicOrPartitionError,
    kafka.UnknownTopicIdError,
    kafka.GroupIdNotFoundError,
    kafka.TransactionalIdNotFoundError,
    kafka.ResourceNotFoundError,
    kafka.InvalidTopicError,
)
_LOST = (
    kafka.LogTruncationError,
    kafka.OffsetOutOfRangeError,
    kafka.NoOffsetForPartitionError,
)
_AWAY = (
    kafka.RetriableError,
    kafka.BrokerNotAvailableError,
    kafka.UnknownBrokerIdError,
    kafka.UnknownError,
    kafka.QuotaViolationError,
    # A transaction or a group that must be begun anew.
    kafka.CommitFailedError,
    kafka.TransactionAbortedError,
    kafka.TransactionAbortableError,
    kafka.InvalidTxnStateError,
    kafka.InvalidProducerIdMappingError,
    kafka.UnknownProducerIdError,
    kafka.OutOfOrderSequenceNumberError,
    kafka.DuplicateSequenceNumberError,
    kafka.IllegalGenerationError,
    kafka.UnknownMemberIdError,
    kafka.MemberIdRequiredError,
    kafka.RebalanceInProgressError,
    kafka.StaleMemberEpochError,
    kafka.GroupMaxSizeReachedError,
    # The cluster is electing, moving or being changed.
    kafka.StaleControllerEpochError,
    kafka.StaleBrokerEpochError,
    kafka.NewLeaderElectedError,
    kafka.ReassignmentInProgressError,
    kafka.OperationNotAttemptedError,
    kafka.IneligibleReplicaError,
    kafka.UnknownControllerIdError,
    # A line that breaks in the midst of an answer, or speaks something else.
    kafka.KafkaProtocolError,
)


_FAMILIES: tuple[
    tuple[type[DossierError], tuple[type[Exception], ...], str, str], ...
] = (
    (
        FencedError,
        _FENCED,
        "một tiến trình khác đã nhận việc này ({}); hãy để nó làm",
        "another process took over ({}); leave it to that one",
    ),
    (
        PoisonedError,
        _POISONED,
        "Kafka không nhận bản ghi ({}); đã dừng, không bỏ qua: xem cấu hình chủ đề",
        "Kafka refuses the record ({}); stopped, not skipped: see the topic's settings",
    ),
    (
        RejectedError,
        REJECTED,
        "Kafka không cho phép ({}); xem quyền và NAMBUOC_KAFKA_USER, _PASSWORD_FILE",
        "Kafka does not allow it ({}); see rights, NAMBUOC_KAFKA_USER, _PASSWORD_FILE",
    ),
    (
        NotFoundError,
        _ABSENT,
        "Kafka không có ({}); chạy: nambuoc events provision",
        "Kafka does not have it ({}); run: nambuoc events provision",
    ),
    (
        TamperedError,
        _LOST,
        "Kafka đã mất bản ghi ({}); chạy: nambuoc audit verify --all",
        "Kafka lost records ({}); run: nambuoc audit verify --all",
    ),
    (
        UnavailableError,
        _AWAY,
        "Kafka chưa trả lời ({}); không mất gì, sẽ thử lại",
        "Kafka does not answer ({}); nothing is lost, try again later",
    ),
)


def translated(error: Exception, where: str = "") -> DossierError:
    """Give the refusal of ours for an error of kafka-python; `where` names brokers."""
    what = f"{where}: {error}" if where else str(error)
    if isinstance(error, DossierError):
        return error
    if isinstance(error, kafka.KafkaError):
        return _of_kafka(error, what[:400])
    if isinstance(error, OSError):
        vi = f"Kafka không trả lời ({what}); không mất gì, sẽ thử lại"
        return UnavailableError(vi, f"Kafka does not answer ({what}); try later")
    vi = f"Kafka từ chối cách gọi ({what}); hãy xem cấu hình NAMBUOC_KAFKA_*"
    return FaultError(vi, f"Kafka cannot be used so ({what}); look at NAMBUOC_KAFKA_*")


@contextmanager
def translating(where: str = "") -> Iterator[None]:
    """Let errors of kafka-python leave as refusals of ours."""
    try:
        yield
    except (kafka.KafkaError, OSError, RuntimeError, ValueError) as error:
        raise translated(error, where) from error


def _of_kafka(error: Exception, what: str) -> DossierError:
    if type(error) is kafka.KafkaError:  # a producer that failed before: make another
        vi = f"kết nối Kafka đã hỏng ({what}); không mất gì, sẽ mở lại"
        return UnavailableError(vi, f"the connection to Kafka is spoilt ({what})")
    for kind, classes, vi, en in _FAMILIES:
        if isinstance(error, classes):
            return kind(vi.format(what), en.format(what))
    vi = f"Kafka từ chối ({what}); hãy xem cấu hình của cụm và NAMBUOC_KAFKA_*"
    return FaultError(vi, f"Kafka refuses ({what}); see the cluster, NAMBUOC_KAFKA_*")
