// FlowReport
