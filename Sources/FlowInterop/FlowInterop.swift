// FlowInterop
