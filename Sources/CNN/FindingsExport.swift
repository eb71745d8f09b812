// What an app catches and reads of findings comes with `import CNN`; nothing else of `CNNSpec` is for apps.

@_exported import struct CNNSpec.Diagnostic
@_exported import enum CNNSpec.DiagnosticCode
@_exported import struct CNNSpec.Diagnostics
@_exported import struct CNNSpec.SourcePosition
@_exported import struct CNNSpec.SourceRange
@_exported import class CNNSpec.SourceText
