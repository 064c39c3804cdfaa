"""Azure's own tables that pushed data may end in, with their main columns.

Of the ASim tables the columns are those that all schemas share and the keys of each; a real
table has a hundred and more. Sources: Azure Monitor's table reference, the ASIM schemas.
"""

from __future__ import annotations

from collections.abc import Mapping


def _columns(text: str) -> dict[str, str]:
    """`kind: name name …; kind: …` to name → kind, in order."""
    return {
        name: kind.strip()
        for kind, _, names in (part.partition(":") for part in text.split(";"))
        for name in names.split()
    }


_ASIM = """datetime: TimeGenerated EventStartTime EventEndTime;
    string: EventMessage EventType EventSubType EventResult EventResultDetails EventOriginalUid
        EventOriginalType EventOriginalResultDetails EventSeverity EventOriginalSeverity EventOwner
        EventProduct EventProductVersion EventVendor EventSchema EventSchemaVersion EventReportUrl
        DvcIpAddr DvcHostname DvcDomain DvcFQDN DvcId DvcIdType DvcOs DvcOsVersion DvcAction
        DvcOriginalAction RuleName ThreatId ThreatName ThreatCategory ThreatOriginalRiskLevel;
    int: EventCount RuleNumber ThreatRiskLevel ThreatConfidence;
    boolean: ThreatIsActive; dynamic: AdditionalFields;"""
_ACTOR = """string: ActorUserId ActorUserIdType ActorUsername ActorUsernameType ActorUserType
    ActorSessionId ActorOriginalUserType;"""
_SOURCE = """string: SrcIpAddr SrcHostname SrcDomain SrcFQDN SrcDvcId SrcUsername SrcUserId
    SrcGeoCountry SrcGeoCity SrcGeoRegion; int: SrcPortNumber;
    real: SrcGeoLatitude SrcGeoLongitude;"""
_DESTINATION = """string: DstIpAddr DstHostname DstDomain DstFQDN DstDvcId DstUsername DstUserId
    DstGeoCountry DstGeoCity DstGeoRegion; int: DstPortNumber;
    real: DstGeoLatitude DstGeoLongitude;"""
_TRAFFIC = """string: NetworkApplicationProtocol NetworkProtocol NetworkDirection NetworkSessionId;
    int: NetworkDuration; long: SrcBytes DstBytes NetworkBytes SrcPackets DstPackets;"""
_TARGET_USER = """string: TargetUserId TargetUserIdType TargetUsername TargetUsernameType
    TargetUserType;"""

STANDARD_TABLES: Mapping[str, Mapping[str, str]] = {
    "CommonSecurityLog": _columns(
        """datetime: TimeGenerated StartTime EndTime;
        string: DeviceVendor DeviceProduct DeviceVersion DeviceEventClassID Activity LogSeverity
            AdditionalExtensions DeviceAction ApplicationProtocol SourceIP SourceHostName
            SourceUserName DestinationIP DestinationHostName DestinationUserName Protocol Message
            RequestURL RequestMethod DeviceAddress DeviceName DeviceExternalID FileName FilePath
            FileHash EventOutcome Reason SimplifiedDeviceAction DeviceCustomString1
            DeviceCustomString1Label DeviceCustomString2 DeviceCustomString2Label
            DeviceCustomString3 DeviceCustomString3Label;
        int: SourcePort DestinationPort EventCount; long: SentBytes ReceivedBytes"""
    ),
    "Syslog": _columns(
        """datetime: TimeGenerated EventTime;
        string: Facility SeverityLevel SyslogMessage ProcessName HostName HostIP Computer;
        int: ProcessID"""
    ),
    "SecurityEvent": _columns(
        """datetime: TimeGenerated;
        string: Account AccountType Computer EventSourceName Channel Level EventData Activity
            SubjectAccount SubjectUserName SubjectUserSid SubjectDomainName SubjectLogonId
            TargetAccount TargetUserName TargetUserSid TargetDomainName TargetLogonId LogonTypeName
            LogonProcessName AuthenticationPackageName IpAddress IpPort WorkstationName Process
            ProcessName NewProcessName ParentProcessName CommandLine Status SubStatus EventRecordId;
        int: EventID LogonType Task"""
    ),
    "WindowsEvent": _columns(
        """datetime: TimeGenerated; string: Provider Channel Computer EventLevelName
            Opcode Keywords ManagementGroupName Correlation EventOriginId SystemUserId EventRecordId
            RawEventData;
        int: EventID EventLevel SystemProcessId SystemThreadId Task Version;
        dynamic: EventData"""
    ),
    "ABAPAuditLog": _columns(
        """datetime: TimeGenerated UpdatedOn;
        string: AbapProgramName AgentId AlertSeverityText ClientId Computer Email Host Instance
            MessageClass MessageContainerId MessageId MessageText MonitoringObjectName
            MonitorShortName SapProcessType SystemId SystemNumber TerminalIpV6 TransactionCode User
            Variable1 Variable2 Variable3 Variable4;
        real: AlertSeverity AlertValue AuditClassId"""
    ),
    "ASimAlertEventLogs": _columns(
        _ASIM + _TARGET_USER + "string: AlertId AlertName AlertDescription AlertStatus Username"
    ),
    "ASimAuditEventLogs": _columns(
        _ASIM + _ACTOR + _SOURCE + "string: Operation Object ObjectType OldValue NewValue"
    ),
    "ASimAuthenticationEventLogs": _columns(
        _ASIM + _ACTOR + _SOURCE + _TARGET_USER + "string: LogonMethod LogonProtocol TargetAppName"
    ),
    "ASimDhcpEventLogs": _columns(
        _ASIM + _SOURCE + "string: SrcMacAddr RequestedIpAddr DhcpLeaseDuration"
    ),
    "ASimDnsActivityLogs": _columns(
        _ASIM
        + _SOURCE
        + _DESTINATION
        + """string: DnsQuery DnsQueryTypeName DnsQueryClassName DnsResponseCodeName DnsResponseName
            TransactionIdHex NetworkProtocol; int: DnsQueryType DnsResponseCode"""
    ),
    "ASimFileEventLogs": _columns(
        _ASIM
        + _ACTOR
        + """string: TargetFilePath TargetFileName TargetFileSHA256 TargetFileMD5 SrcFilePath
            SrcFileName ActingProcessName HashType; long: TargetFileSize"""
    ),
    "ASimNetworkSessionLogs": _columns(_ASIM + _SOURCE + _DESTINATION + _TRAFFIC),
    "ASimProcessEventLogs": _columns(
        _ASIM
        + _ACTOR
        + _TARGET_USER
        + """string: ActingProcessName ActingProcessId ParentProcessName ParentProcessId
            TargetProcessName TargetProcessId TargetProcessCommandLine TargetProcessSHA256"""
    ),
    "ASimRegistryEventLogs": _columns(
        _ASIM
        + _ACTOR
        + """string: RegistryKey RegistryValue RegistryValueType RegistryValueData
            RegistryPreviousKey ActingProcessName ActingProcessId"""
    ),
    "ASimUserManagementActivityLogs": _columns(
        _ASIM + _ACTOR + _SOURCE + _TARGET_USER + "string: GroupName GroupId UpdatedPropertyName"
    ),
    "ASimWebSessionLogs": _columns(
        _ASIM
        + _SOURCE
        + _DESTINATION
        + _TRAFFIC
        + """string: Url UrlCategory HttpRequestMethod HttpVersion HttpContentType HttpUserAgent
            HttpReferrer FileName FileSHA256; long: HttpRequestTime HttpResponseTime"""
    ),
}
